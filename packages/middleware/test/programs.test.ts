import { openDriver } from '@outrigger/host';
import { registerIpcSuite } from '@outrigger/testsuite/vitest';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
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
/** What they have in common is proved by one, in the short form. */
const PROGRAMS = [
  { name: 'encrypt', own: { keyfile } },
  ...(process.env.OUTRIGGER_TEST === 'full'
    ? [
        { name: 'diskcache', own: { directory: join(own.path, 'cache'), size: '1GiB' } },
        {
          name: 'ratelimit',
          own: { readbytes: '100GiB', writebytes: '100GiB', readcalls: 1e6, writecalls: 1e6 },
        },
        { name: 'faults', own: { rules: [{ probability: 0, error: 'INTERNAL' }] } },
      ]
    : []),
];

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

test('the driver behind it has what it needs, and its secrets are in no command line', async () => {
  const seen = join(own.path, 'seen');
  const describe = `{"name":"spy","version":"1","protocolVersions":[1],"parameters":{"type":"object","properties":{"secretkey":{"type":"string","x-secret":true}}},"environment":["AWS_PROFILE"],"dataPlanes":["inline"],"capabilities":{}}`;
  await install(
    'spy',
    `if [ "$1" = --describe ]; then echo '${describe}'; exit 0; fi
tr '\\0' ' ' </proc/$PPID/cmdline >'${seen}'
echo "$@ $AWS_PROFILE" >>'${seen}'
exec '${process.execPath}' '${INMEMORY}' "$@"`,
  );
  const failure = openDriver({
    driver: executable('readonly'),
    parameters: { driver: 'spy', directories: [directory], parameters: { secretkey: 'tell-nobody' } },
    hostVersion: '1',
    environment,
  });
  // It got the parameter: what it is in truth knows none.
  await expect(failure).rejects.toThrow('parameters.secretkey: unknown parameter');
  await expect(failure).rejects.not.toThrow('tell-nobody');
  const text = readFileSync(seen, 'utf8');
  expect(text).toContain('production');
  expect(text).toContain('"driver":"spy"');
  expect(text).not.toContain('tell-nobody');
});

test('its end is that of the driver behind it', async () => {
  const pidFile = join(own.path, 'pid');
  await install('mortal', `echo $$ >'${pidFile}'; exec '${process.execPath}' '${INMEMORY}' "$@"`);
  const driver = await openDriver({
    driver: executable('readonly'),
    parameters: { driver: 'mortal', directories: [directory] },
    hostVersion: '1',
    environment,
  });
  const pid = Number(readFileSync(pidFile, 'utf8'));
  expect(process.kill(pid, 0)).toBe(true);
  await expect(driver.put('/a', Buffer.from('x'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await driver.close();
  await expect.poll(() => isRunning(pid)).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
