import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveFailure } from '../../harness/serve-failure.js';
import { freePort } from '../../harness/start-registry.js';
import type { SwiftServer } from '../../harness/swift-server.js';
import { startSwift } from '../../harness/swift-server.js';
import { findTool } from '../../harness/tool.js';
import { overSwift } from './swift-registry.js';

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
    expect(output).not.toContain('a wrong one');
    return output.split('\n').filter((line) => line.trim() !== '');
  };

  test.each([
    ['password', { password: 'a wrong one' }, /password: .*refuses the credentials/],
    ['password', { username: 'test:nobody' }, /password: .*refuses the credentials/],
    // This one has no rights on the account.
    ['container', { username: 'test:reader' }, /container: the user may not read it/],
    ['container', { container: 'a/b' }, /container: must be/],
    ['chunksize', { chunksize: 7 }, /chunksize: must be at least/],
    ['authurl', { authurl: 'nowhere' }, /authurl: must be a URL/],
    ['authversion', { authversion: 9 }, /authversion: must be/],
    ['nosuch', { nosuch: true }, /nosuch: unknown parameter/],
  ])('does not start, and names %s in one line: %j', async (_key, parameters, words) => {
    const lines = await refused(parameters);
    expect(lines.filter((line) => words.test(line))).toHaveLength(1);
  });

  test('whose server does not answer says which address that is', async () => {
    const authurl = `http://127.0.0.1:${await freePort()}/auth/v1.0`;
    const lines = await refused({ authurl });
    expect(lines.some((line) => /cannot be reached.*ECONNREFUSED.*authurl/.test(line))).toBe(true);
  });
});
