import { readToEnd } from '@outrigger/driver';
import { openDriver } from '@outrigger/host';
import { registerIpcSuite } from '@outrigger/testsuite/vitest';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { makeTemporaryDirectory } from './temporary-directory.js';

const NAMES = ['diskcache', 'encrypt', 'faults', 'ratelimit', 'readonly'] as const;

const executable = (name: string) => fileURLToPath(new URL(`../dist/main-${name}.js`, import.meta.url));
const INMEMORY = fileURLToPath(new URL('../../plugin-memory/dist/main.js', import.meta.url));

const own = await makeTemporaryDirectory();
afterAll(own.remove);
const keyfile = join(own.path, 'keys');
await writeFile(keyfile, `first ${randomBytes(32).toString('base64')}\n`);
const directory = join(own.path, 'drivers');
await mkdir(directory, { mode: 0o755 });
await install('inmemory', `exec '${process.execPath}' '${INMEMORY}' "$@"`);

async function install(name: string, script: string): Promise<void> {
  const file = join(directory, `registry-storage-${name}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

const behind = { driver: 'inmemory', directories: [directory] };
/** Each case starts two processes, one by the other: the short form leaves it at what differs in a process. */
const PROGRAMS =
  process.env.OUTRIGGER_TEST === 'full'
    ? [
        { name: 'encrypt', own: { keyfile } },
        { name: 'diskcache', own: { directory: join(own.path, 'cache'), size: '1GiB' } },
        {
          name: 'ratelimit',
          own: { readbytes: '100GiB', writebytes: '100GiB', readcalls: 1e6, writecalls: 1e6 },
        },
        { name: 'faults', own: { rules: [{ probability: 0, error: 'INTERNAL' }] } },
      ]
    : [];

for (const program of PROGRAMS) {
  registerIpcSuite(program.name, {
    executable: executable(program.name),
    parameters: () => ({ ...behind, ...program.own }),
    planes: ['socket'],
    ephemeral: true,
  });
}

function describeProgram(name: string): Record<string, unknown> {
  const text = execFileSync(process.execPath, [executable(name), '--describe'], { encoding: 'utf8' });
  return JSON.parse(text) as Record<string, unknown>;
}

test.each(NAMES)('%s describes itself, and the parameters of the driver behind it are secret', (name) => {
  const description = describeProgram(name);
  expect(description).toMatchObject({
    name,
    version: '0.1.0',
    parameters: { properties: { driver: { type: 'string' }, parameters: { 'x-secret': true } } },
  });
  expect(description.environment).toEqual(expect.arrayContaining(['AWS_*', 'AZURE_*', 'GOOGLE_*']));
});

/** The environment in which the programs find the Node that runs the tests. */
const environment = {
  PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
  HOME: process.env.HOME,
  AWS_PROFILE: 'production',
};

/** A busy machine starts slowly, and here one process starts another one. */
const PATIENT = { startMs: 100_000, describeMs: 100_000 };

test('the driver behind it has what it needs, and its secrets are in no command line', async () => {
  const seen = join(own.path, 'seen');
  const describe = `{"name":"spy","version":"1","protocolVersions":[1],"parameters":{"type":"object","properties":{"secretkey":{"type":"string","x-secret":true}}},"environment":["AWS_PROFILE"],"dataPlanes":["inline"],"capabilities":{}}`;
  await install(
    'spy',
    `if [ "$1" = --describe ]; then echo '${describe}'; exit 0; fi
echo "$@ $AWS_PROFILE" >'${seen}'
exec '${process.execPath}' '${INMEMORY}' "$@"`,
  );
  const failure = openDriver({
    driver: executable('readonly'),
    parameters: { driver: 'spy', directories: [directory], parameters: { secretkey: 'tell-nobody' } },
    hostVersion: '1',
    timings: PATIENT,
    environment,
  });
  // It got the parameter: what it is in truth knows none.
  await expect(failure).rejects.toThrow('parameters.secretkey: unknown parameter');
  await expect(failure).rejects.not.toThrow('tell-nobody');
  const text = readFileSync(seen, 'utf8');
  expect(text).toContain('production');
  expect(text).toContain('{}');
  expect(text).not.toContain('tell-nobody');
});

test('its end is that of the driver behind it', async () => {
  const pidFile = join(own.path, 'pid');
  await install('mortal', `echo $$ >'${pidFile}'; exec '${process.execPath}' '${INMEMORY}' "$@"`);
  const driver = await openDriver({
    driver: executable('readonly'),
    parameters: { driver: 'mortal', directories: [directory] },
    hostVersion: '1',
    timings: PATIENT,
    environment,
  });
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(process.kill(pid, 0)).toBe(true);
  await expect(driver.put('/a', Buffer.from('x'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await driver.close();
  await expect.poll(() => isRunning(pid)).toBe(false);
});

test('a cache in a process of its own keeps what was read, in front of a driver in another one', async () => {
  const bytes = randomBytes(300_000);
  const hex = createHash('sha256').update(bytes).digest('hex');
  const path = `/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  const kept = join(own.path, 'kept');
  const driver = await openDriver({
    driver: executable('diskcache'),
    parameters: { ...behind, directory: kept, size: '1GiB' },
    hostVersion: '1',
    timings: PATIENT,
    environment,
  });
  const writer = await driver.writer(path);
  await writer.write(bytes);
  await writer.commit();
  for (let turn = 0; turn < 2; turn++) {
    const seen = await readToEnd(await driver.reader(path), bytes.length);
    expect(bytes.compare(seen)).toBe(0);
    await expect.poll(() => existsSync(join(kept, 'sha256', hex.slice(0, 2), hex))).toBe(true);
  }
  await driver.close();
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
