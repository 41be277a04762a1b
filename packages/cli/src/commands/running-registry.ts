import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { z } from 'zod';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { controlDirectories, isPrivate } from '../serve/control-directory.js';
import { SOCKET_NAME } from '../serve/control-protocol.js';

const TIMEOUT_MS = 60_000;

/**
 * The control socket of the one registry that this user runs.
 *
 * @param given - the path that was named on the command line
 * @throws CommandError there is none, or there are several
 */
export async function findRegistry(given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const found = await findSockets(controlDirectories(process.env));
  const [first, ...others] = found;
  if (first === undefined) {
    const places = controlDirectories(process.env).join(', ');
    throw new CommandError(
      `no running registry of this user was found (looked at ${places}): name its control socket with --socket`,
      EXIT.unavailable,
    );
  }
  if (others.length > 0) {
    const list = found.map((path) => `\n  ${path}`).join('');
    throw new CommandError(`several registries run: name one with --socket${list}`, EXIT.usage);
  }
  return first;
}

/** The sockets in the first directory that has one where somebody answers. */
async function findSockets(directories: readonly string[]): Promise<string[]> {
  for (const directory of directories) {
    if (!(await isPrivate(directory))) continue;
    const found: string[] = [];
    for (const file of await readdir(directory)) {
      const path = join(directory, file);
      if (SOCKET_NAME.test(file) && (await isAnswered(path))) found.push(path);
    }
    if (found.length > 0) return found;
  }
  return [];
}

interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Default: a minute. */
  readonly timeoutMs?: number;
}

/**
 * Asks a running registry.
 *
 * @throws CommandError nobody answers, or the answer is an error
 */
export async function askRegistry<S extends z.ZodType>(
  socketPath: string,
  question: Question & { readonly schema: S },
): Promise<z.infer<S>> {
  const { status, body } = await send(socketPath, question).catch((error: unknown) => {
    throw new CommandError(`no registry answers at ${socketPath}`, EXIT.unavailable, error);
  });
  const value: unknown = JSON.parse(body);
  if (status === 200) return question.schema.parse(value);
  const reason = typeof value === 'object' && value !== null && 'error' in value ? String(value.error) : body;
  throw new CommandError(reason, EXIT.unavailable);
}

function isAnswered(socketPath: string): Promise<boolean> {
  return send(socketPath, { method: 'GET', path: '/' }).then(
    () => true,
    () => false,
  );
}

function send(
  socketPath: string,
  { method, path, timeoutMs = TIMEOUT_MS }: Question,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, method, path, signal: AbortSignal.timeout(timeoutMs) }, (res) => {
      let body = '';
      res.setEncoding('utf8');
      res.on('data', (text: string) => {
        body += text;
      });
      res.once('end', () => resolve({ status: res.statusCode ?? 0, body }));
      res.once('error', reject);
    });
    req.once('error', reject);
    req.end();
  });
}
