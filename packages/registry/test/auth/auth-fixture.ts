import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AccessRule } from '../../src/access/rules.js';
import type { AccessController } from '../../src/access/access-controller.js';
import { createAccess } from '../../src/access/create-access.js';
import type { Authenticator } from '../../src/auth/authenticator.js';
import type { Logger } from '../../src/index.js';

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'outrigger-auth-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** A clock that stands still until it is told to go on. */
export function fakeClock(): { now: () => number; advance: (seconds: number) => void } {
  let time = Date.UTC(2026, 10, 22);
  return {
    now: () => time,
    advance: (seconds) => {
      time += seconds * 1000;
    },
  };
}

export function recordLines(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (fields: unknown, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { lines, log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}

export function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** Lets everybody in whose password is `pass`, by whatever name. */
export function passAuthenticator(): Authenticator {
  return {
    authenticate: (authorization) => {
      const [user, password] = Buffer.from(authorization.slice(6), 'base64').toString().split(':');
      return Promise.resolve(password === 'pass' ? { user } : undefined);
    },
    challenge: () => 'Basic realm="test"',
  };
}

export function ruled(rules: readonly AccessRule[]): AccessController {
  return createAccess({ authenticator: passAuthenticator(), rules });
}
