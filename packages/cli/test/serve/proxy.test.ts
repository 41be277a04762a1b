import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createCredentialHelper } from '../../src/serve/credential-helper.js';
import { createPullThrough } from '../../src/serve/proxy.js';
import { ConfigError } from '../../src/config/config-error.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { temporaryDirectory } from '../temporary-directory.js';

function recordLog() {
  const lines: string[] = [];
  const add = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { lines, log: { debug: add, info: add, warn: add, error: add } };
}

/** A helper that counts its runs, and writes down what it was given. */
async function helper(script: string) {
  const directory = await temporaryDirectory();
  const command = join(directory, 'docker-credential-test');
  await writeFile(
    command,
    `#!/bin/sh\nhost=$(cat)\necho "$1 $host $REGISTRY_SECRET" >> '${directory}/runs'\n${script}\n`,
  );
  await chmod(command, 0o755);
  const { lines, log } = recordLog();
  return {
    lines,
    runs: async () => (await readFile(join(directory, 'runs'), 'utf8')).split('\n').slice(0, -1),
    create: (lifetimeMs: number | undefined) =>
      createCredentialHelper({
        command,
        host: 'registry.example:5000',
        lifetimeMs,
        environment: { PATH: process.env.PATH, REGISTRY_SECRET: 'of the registry' },
        log,
      }),
  };
}

const ANSWER = `echo '{"ServerURL":"x","Username":"mirror","Secret":"canary-77"}'`;

describe('a credential helper', () => {
  test('is asked as Docker asks it, once for all', async () => {
    const { create, runs } = await helper(ANSWER);
    const get = create(undefined);
    const answers = await Promise.all([get(), get()]);
    expect(answers).toEqual(Array(2).fill({ username: 'mirror', secret: 'canary-77' }));
    await get();
    expect(await runs()).toEqual(['get registry.example:5000 ']);
  });

  test('is asked every time with a lifetime of 0', async () => {
    const { create, runs } = await helper(ANSWER);
    const get = create(0);
    await get();
    await get();
    expect(await runs()).toHaveLength(2);
  });

  test.for(['echo canary-77; exit 1', 'echo canary-77', `echo '{"Username":"canary-77"}'`])(
    'that fails (%s) gives nothing, and nothing of it gets into the log',
    async (script) => {
      const { create, lines } = await helper(script);
      expect(await create(undefined)()).toBeUndefined();
      expect(lines).toHaveLength(1);
      expect(lines.join()).not.toContain('canary');
    },
  );
});

describe('the section proxy', () => {
  const open = (text: string, environment = {}) => {
    const { config } = parseConfig(`version: 0.1\nstorage: {inmemory: {}}\n${text}`, 'config.yml', {});
    const { log, lines } = recordLog();
    return { lines, opened: createPullThrough(config, { log, environment }) };
  };

  test('is nothing without remoteurl', async () => {
    expect(await open('').opened).toBeUndefined();
  });

  test('makes a cache, and warns of a password that travels in the clear', async () => {
    const { opened, lines } = open(
      'proxy: {remoteurl: "http://127.0.0.1:1", username: mirror, password: canary-77}',
    );
    const pullThrough = await opened;
    await pullThrough?.close();
    expect(lines.join()).toContain('without encryption');
    expect(lines.join()).not.toContain('canary');
  });

  test('cannot be read-only', async () => {
    const text =
      'storage: {inmemory: {}, maintenance: {readonly: {enabled: true}}}\nproxy: {remoteurl: "http://127.0.0.1:1"}';
    const { config } = parseConfig(`version: 0.1\n${text}`, 'config.yml', {});
    const { log } = recordLog();
    await expect(createPullThrough(config, { log, environment: {} })).rejects.toThrow(ConfigError);
  });

  test('takes the HTTP proxies of its environment, and refuses one that is none without saying its password', async () => {
    const text = 'proxy: {remoteurl: "https://upstream.invalid"}';
    const pullThrough = await open(text, { https_proxy: 'http://me:canary-78@proxy.invalid:1' }).opened;
    await pullThrough?.close();
    const { opened, lines } = open(text, { HTTPS_PROXY: 'ftp://me:canary-78@proxy.invalid' });
    const error: unknown = await opened.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(`${String(error)} ${lines.join(' ')}`).not.toContain('canary-78');
  });
});
