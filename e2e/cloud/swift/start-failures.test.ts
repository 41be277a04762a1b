import { swift } from '@outrigger/plugin-swift';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveFailure } from '../../harness/serve-failure.js';
import { freePort } from '../../harness/start-registry.js';
import type { SwiftServer } from '../../harness/swift-server.js';
import { startSwift } from '../../harness/swift-server.js';
import { findTool } from '../../harness/tool.js';
import { expectRefusedParameters } from '../refused-start.js';
import { overSwift } from './swift-registry.js';

const WRONG = 'a wrong one';
const command = findTool('swift-server');

describe.skipIf(typeof command !== 'string')('a registry whose parameters of Swift are wrong', () => {
  let server: SwiftServer;

  beforeAll(async () => {
    if (typeof command === 'string') server = await startSwift(command);
  });
  afterAll(() => server.stop());

  const refused = async (parameters: Readonly<Record<string, unknown>>) => {
    const { exitCode, output } = await serveFailure(overSwift(await server.createStore(), { parameters }));
    expect(exitCode).not.toBe(0);
    expect(output).not.toMatch(/^\s+at /m);
    expect(output).not.toContain(WRONG);
    return output.split('\n').filter((line) => line.trim() !== '');
  };

  test.each([
    ['password', { password: WRONG }, 'refuses the credentials'],
    ['password', { username: 'test:nobody' }, 'refuses the credentials'],
    // This one has no rights on the account.
    ['container', { username: 'test:reader' }, 'the user may not read it'],
    ['container', { container: 'a/b' }, 'must be'],
    ['chunksize', { chunksize: 7 }, 'must be at least'],
    ['authurl', { authurl: 'nowhere' }, 'must be a URL'],
    ['authversion', { authversion: 9 }, 'must be'],
    ['nosuch', { nosuch: true }, 'unknown parameter'],
  ])('%s: the driver refuses it in one line: %j', async (key, wrong, words) => {
    const parameters = { ...(await server.createStore()).parameters(), ...wrong };
    const line = await expectRefusedParameters(swift, parameters, words);
    expect(line).toContain(`${key}: `);
    expect(line).not.toContain(WRONG);
  });

  test('does not start, and names it in one line', async () => {
    const lines = await refused({ password: WRONG });
    expect(lines.filter((line) => /password: .*refuses the credentials/.test(line))).toHaveLength(1);
  });

  test('whose server does not answer says which address that is', async () => {
    const authurl = `http://127.0.0.1:${await freePort()}/auth/v1.0`;
    const lines = await refused({ authurl });
    expect(lines.some((line) => /cannot be reached.*ECONNREFUSED.*authurl/.test(line))).toBe(true);
  });
});
