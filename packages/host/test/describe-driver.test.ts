import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { discover } from '../src/discover.js';
import { describeDriver, listDrivers } from '../src/index.js';
import type { ExecutableCache } from '../src/prepare-executable.js';
import { prepareExecutable } from '../src/prepare-executable.js';
import { createRuntimeDirectory } from '../src/runtime-directory.js';
import { toSettings } from '../src/settings.js';
import type { Watched } from '../src/watchdog.js';
import { CHAOS_DIRECTORY, processesNaming } from './open-chaos.js';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrigger-describe-'));
});
afterEach(async () => {
  // A process that was killed is there for a moment still.
  await expect.poll(() => processesNaming(directory)).toEqual([]);
  await rm(directory, { recursive: true });
});

async function install(name: string, script: string): Promise<string> {
  const path = join(directory, `registry-storage-${name}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const options = (timings = {}) => ({
  hostVersion: '0',
  driverDirectories: [directory, CHAOS_DIRECTORY],
  pathLookup: false,
  timings: { describeMs: 60_000, ...timings },
});

test('a description is read without running the driver', async () => {
  expect(await describeDriver('chaos', options())).toMatchObject({
    name: 'chaos',
    path: join(CHAOS_DIRECTORY, 'registry-storage-chaos'),
    description: { version: '1.0.0', protocolVersions: [1] },
  });
});

test('a path may be given to the explicit call', async () => {
  const path = await install('own', 'exit 0');
  expect(await describeDriver(path, options())).toMatchObject({ name: 'own', path });
});

test.each([
  ['exit 3', {}, /status 3/],
  ['echo hello', {}, /no JSON/],
  ['echo {}', {}, /--describe: name:/],
  ['yes', {}, /over 262144 bytes/],
  ['sleep 1000; :', { describeMs: 300 }, /no answer to --describe within 300 ms/],
  ['cat', {}, /no JSON/],
])('%j is a driver without a description', async (script, timings, reason) => {
  await install('x', script);
  const info = await describeDriver('x', options(timings));
  expect(info.description).toBeUndefined();
  expect(info.undescribed).toMatch(reason);
});

test('a description does not wait for a process in another session that holds the output', async () => {
  const started = join(directory, 'pid');
  const holder = `echo $$ > '${started}.new'; mv '${started}.new' '${started}'; exec sleep 60`;
  await install('x', `setsid sh -c "${holder.replaceAll('$', '\\$')}" & echo '{}'`);
  let describeMs = 300;
  let info = await describeDriver('x', options({ describeMs }));
  // On a busy machine it was ended before it had left its session.
  while (!existsSync(started)) info = await describeDriver('x', options({ describeMs: (describeMs *= 2) }));
  process.kill(Number(await readFile(started, 'utf8')), 'SIGKILL');
  expect(info.undescribed).toBe(`no answer to --describe within ${String(describeMs)} ms`);
});

const DESCRIPTION = {
  name: 'x',
  version: '1.0.0',
  protocolVersions: [1],
  parameters: { type: 'object' },
  environment: [],
  dataPlanes: ['inline'],
  capabilities: {},
};

test('a driver that could not describe itself is asked again, any other is not', async () => {
  const asked = join(directory, 'asked');
  const isQuick = join(directory, 'quick');
  const library = join(directory, 'library');
  await install(
    'x',
    `test -e '${isQuick}' || sleep 1000; echo . >> '${asked}'; cat '${library}' && echo '${JSON.stringify(DESCRIPTION)}'`,
  );
  const found = await discover('x', options());
  const cache: ExecutableCache = new Map();
  const prepare = (timings = {}) =>
    prepareExecutable(found, { driver: 'x', settings: toSettings(options(timings)), cache, prefix: [] });
  expect((await prepare({ describeMs: 300 })).undescribed).toMatch(/no answer/);
  await writeFile(isQuick, '');
  expect((await prepare()).undescribed).toMatch(/status 1/);
  await writeFile(library, '');
  expect(await prepare()).toMatchObject({ description: DESCRIPTION });
  expect(await prepare()).toMatchObject({ description: DESCRIPTION });
  expect(await readFile(asked, 'utf8')).toBe('.\n.\n');
});

test('the list has every installed driver, and what is wrong with it', async () => {
  await install('chaos', 'exit 0');
  const bad = await install('writable', 'exit 0');
  await chmod(bad, 0o777);
  await writeFile(join(directory, 'registry-storage-plain'), '');
  const listed = await listDrivers(options());
  expect(listed.map((each) => [each.name, 'problem' in each ? each.problem : 'fine'])).toEqual([
    ['chaos', 'fine'],
    ['plain', expect.stringContaining('not executable')],
    ['writable', expect.stringContaining('world-writable')],
    ['chaos', `${join(directory, 'registry-storage-chaos')} comes before it`],
  ]);
});

test('a runtime directory is private, short and removed; the watchdog knows of it before it is there', async () => {
  const watched: Watched[] = [];
  const watchdog = {
    watch: (what: Watched) => {
      expect('directory' in what && existsSync(what.directory)).toBe(false);
      watched.push(what);
    },
    forget: (what: Watched) => void watched.splice(watched.indexOf(what), 1),
  };
  const runtime = await createRuntimeDirectory({ XDG_RUNTIME_DIR: directory }, watchdog);
  expect(dirname(runtime.path)).toBe(directory);
  expect((await stat(runtime.path)).mode & 0o777).toBe(0o700);
  expect(watched).toEqual([{ directory: runtime.path }]);
  await runtime.remove();
  expect(watched).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
  const other = await createRuntimeDirectory({ XDG_RUNTIME_DIR: join(directory, 'x'.repeat(100)) }, watchdog);
  expect(Buffer.byteLength(join(other.path, 'data.sock'))).toBeLessThan(104);
  await other.remove();
});
