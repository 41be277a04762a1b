import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { driverDirectory, runDriver } from '../harness/driver-directory.js';
import { request } from '../harness/http.js';
import { serveFailure } from '../harness/serve-failure.js';
import { testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';

/** Of sysexits.h: what the command says when a driver could not be found or started. */
const UNAVAILABLE = 69;

test('a driver of an unknown name: the name, its executable, and the places searched', async () => {
  const directory = await temporaryDirectory();
  const { exitCode, output } = await serveFailure({ driver: 'nosuch', driverDirectories: [directory] });
  expect(exitCode).toBe(UNAVAILABLE);
  expect(output).toContain('InvalidStorageDriverError');
  expect(output).toContain('StorageDriver not registered: nosuch');
  expect(output).toContain('registry-storage-nosuch');
  expect(output).toContain(directory);
  // The PATH too.
  expect(output).toContain('/usr/bin');
  expect(output).not.toMatch(/^\s+at /m);
});

test('F13: an unknown name with what may be it, but not executable: says so', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'registry-storage-plain'), 'not a program', { mode: 0o644 });
  const { exitCode, output } = await serveFailure({ driver: 'plain', driverDirectories: [directory] });
  expect(exitCode).toBe(UNAVAILABLE);
  expect(output).toContain(`${directory} (not executable)`);
});

test('F14: a driver of another version: the versions of both, and the path', async () => {
  const directory = await driverDirectory(await temporaryDirectory(), 'foreign', runDriver('foreign'));
  const { exitCode, output } = await serveFailure({ driver: 'foreign', driverDirectories: [directory] });
  expect(exitCode).toBe(UNAVAILABLE);
  expect(output).toContain('IncompatibleVersionError');
  expect(output).toMatch(/\b98, 99\b/);
  expect(output).toMatch(/\bhost[^\n]*\b1\b/);
  expect(output).toContain(join(directory, 'registry-storage-foreign'));
});

test.each([
  ['exits with status 1', 'exit 1', /exit code 1\b/],
  ['exits with a status and last words', 'echo "no such array" >&2; exit 7', /exit code 7.*no such array/],
  ['exits with status 0', 'exit 0', /exit code 0/],
  ['is killed', 'kill -KILL $$', /SIGKILL/],
  ['needs a program that is missing', 'exec /no/such/interpreter', /exit code 12[67]/],
])(
  'F13: a driver that %s before the handshake: one line with driver, path and how it ended',
  async (_how, script, words) => {
    const directory = await driverDirectory(await temporaryDirectory(), 'broken', script);
    const { exitCode, output } = await serveFailure({ driver: 'broken', driverDirectories: [directory] });
    expect(exitCode).toBe(UNAVAILABLE);
    const line = output.split('\n').find((text) => words.test(text)) ?? output;
    expect(line).toMatch(words);
    expect(line).toContain('broken');
    expect(line).toContain(join(directory, 'registry-storage-broken'));
  },
);

test('F13: a driver that says nothing: the start ends after its time limit, and the driver with it', async () => {
  const directory = await driverDirectory(
    await temporaryDirectory(),
    'silent',
    '[ "$1" = --describe ] || sleep 600',
  );
  const { exitCode, output } = await serveFailure({ driver: 'silent', driverDirectories: [directory] });
  expect(exitCode).toBe(UNAVAILABLE);
  expect(output).toContain('silent');
  expect(output).toMatch(/10000 ms|10 s/);
});

test('F10: a line on stdout before the handshake: an error that quotes it and names the driver', async () => {
  const script = `[ "$1" = --describe ] || echo 'connected to the disk array'\n${runDriver('chatty')}`;
  const directory = await driverDirectory(await temporaryDirectory(), 'chatty', script);
  const { exitCode, output } = await serveFailure({ driver: 'chatty', driverDirectories: [directory] });
  expect(exitCode).toBe(UNAVAILABLE);
  expect(output).toContain('connected to the disk array');
  expect(output).toContain('storage driver chatty');
});

test('F10: a line on stdout later: it is in the log with the name of the driver, which is replaced', async () => {
  const directory = await driverDirectory(await temporaryDirectory(), 'chatty', runDriver('chatty'));
  const registry = await testRegistry({ driver: 'chatty', driverDirectories: [directory] });
  const driver = await registry.driverPid();
  process.kill(driver, 'SIGUSR2');
  await registry.newDriverPid(driver);
  const line = await until('the line in the log', () =>
    registry
      .logs()
      .split('\n')
      .find((text) => text.includes('cache: 3 entries evicted')),
  );
  expect(line).toContain('chatty');
  expect(await request(`${registry.url}/v2/_catalog`)).toMatchObject({ status: 200 });
});
