import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readToEnd } from '@outrigger/driver';
import type { DataPlane } from '@outrigger/ipc/host';
import { describe, expect, test } from 'vitest';
import type { OpenDriverOptions, SupervisedDriver, TraceEntry } from '../src/index.js';
import { CHAOS_DIRECTORY, chaosBench, isRunning, pidOf, processesNaming } from './open-chaos.js';

const bench = chaosBench();
const SIZE = 1024 * 1024;
const content = randomBytes(SIZE);

/** What a version of the chaos driver has. */
type Flaws = Readonly<Record<string, unknown>>;

/** Writes a version into a directory of its own, and leads the name there, as package managers do. */
async function install(version: string, flaws: Flaws = {}): Promise<{ readonly digest: string }> {
  const directory = join(bench.root, 'versions', version);
  await mkdir(directory, { recursive: true });
  const file = join(directory, 'registry-storage-chaos');
  const json = JSON.stringify({ version, ...flaws });
  const text = `#!/bin/sh\nCHAOS_FLAWS='${json}' exec ${process.execPath} ${join(CHAOS_DIRECTORY, 'chaos.mjs')} "$@"\n`;
  await writeFile(file, text);
  await chmod(file, 0o755);
  await mkdir(join(bench.root, 'bin'), { recursive: true });
  await symlink(file, join(bench.root, 'next'));
  await rename(join(bench.root, 'next'), join(bench.root, 'bin', 'registry-storage-chaos'));
  return { digest: createHash('sha256').update(text).digest('hex') };
}

async function open(options: Partial<OpenDriverOptions> = {}): Promise<SupervisedDriver> {
  return bench.open({}, { driverDirectories: [join(bench.root, 'bin')], pathLookup: false, ...options });
}

async function openVersion(flaws: Flaws = {}, options: Partial<OpenDriverOptions> = {}) {
  await install('1.0.0', flaws);
  return open(options);
}

async function ended(pid: number): Promise<void> {
  await expect.poll(() => isRunning(pid), { timeout: 60_000 }).toBe(false);
}

describe('a new version', () => {
  test('takes what is new, and the old process ends with its last stream', async () => {
    await bench.seed('/blob', content);
    const driver = await openVersion({}, { dataPlanes: ['socket'] });
    const first = pidOf(driver);
    const reader = await driver.reader('/blob');
    const writer = await driver.writer('/up');
    await writer.write(content);
    await install('2.0.0');
    expect(await driver.reload()).toBe(true);
    expect(driver.status()).toMatchObject({
      state: 'ready',
      version: '2.0.0',
      restarts: 1,
      realPath: join(bench.root, 'versions/2.0.0/registry-storage-chaos'),
      draining: [{ pid: first, version: '1.0.0', users: 2 }],
    });
    expect((await driver.metrics()).draining).toBe(1);
    await driver.stat('/blob');
    expect(await readToEnd(reader, SIZE)).toEqual(content);
    await writer.commit();
    expect(await bench.content('/up')).toEqual(content);
    await ended(first);
    await expect.poll(() => driver.status().draining).toEqual([]);
    expect(bench.log.lines).toContainEqual(
      expect.objectContaining({ message: 'a replaced storage driver has ended' }),
    );
    expect(await driver.metrics()).toMatchObject({ draining: 0, reloads: { ok: 1, failed: 0 } });
  });

  test('of several reloads at a time each one is done', async () => {
    const driver = await openVersion();
    await install('2.0.0');
    expect(await Promise.all([driver.reload(), driver.reload(), driver.reload()])).toEqual([
      true,
      true,
      true,
    ]);
    expect(driver.status()).toMatchObject({ version: '2.0.0', restarts: 3 });
  });

  test('is looked for only where the executable has changed, if that is what is asked', async () => {
    const driver = await openVersion();
    const first = pidOf(driver);
    expect(await driver.reload({ onlyIfChanged: true })).toBe(false);
    expect(pidOf(driver)).toBe(first);
    await install('2.0.0');
    expect(await driver.reload({ onlyIfChanged: true })).toBe(true);
    expect(driver.status().version).toBe('2.0.0');
  });

  test('is held to the digest that is pinned by then', async () => {
    const { digest } = await install('1.0.0');
    const driver = await open({ pins: { chaos: digest } });
    const next = await install('2.0.0');
    await expect(driver.reload()).rejects.toThrow(`its sha256 is ${next.digest}, pinned is ${digest}`);
    expect(driver.status().version).toBe('1.0.0');
    const search = { driverDirectories: [join(bench.root, 'bin')], pins: { chaos: next.digest } };
    expect(await driver.reload({ search })).toBe(true);
    // From now on.
    process.kill(pidOf(driver), 'SIGKILL');
    await driver.stat('/').catch(() => undefined);
    expect(driver.status()).toMatchObject({ state: 'ready', version: '2.0.0' });
  });

  test('takes the place of one that keeps failing, at once', async () => {
    const driver = await openVersion({ on: 'stat', act: 'exit' }, { timings: { maxBackoffMs: 3_600_000 } });
    for (let i = 0; driver.status().state !== 'open' && i < 20; i++)
      await driver.stat('/a').catch(() => undefined);
    await install('2.0.0');
    await driver.reload();
    await driver.put('/a', Buffer.from('x'));
    expect((await driver.stat('/a')).size).toBe(1);
  });
});

describe('one that does not come up leaves the running one in its place', () => {
  const cases: readonly (readonly [what: string, flaws: Flaws, message: RegExp])[] = [
    [
      'exits',
      { start: 'exit' },
      /did not start .*exit code 3 before the handshake; its last words: cannot open the store/,
    ],
    ['is killed', { start: 'signal' }, /did not start .*signal SIGKILL before the handshake/],
    ['prints to stdout', { start: 'banner' }, /did not start .*Welcome to the chaos driver/],
    ['speaks another version', { versions: '[7]' }, /versions\/2\.0\.0\/registry-storage-chaos/],
    ['refuses the parameters', { bad: true }, /bad: is bad/],
    [
      'has lost a power',
      { capabilities: { commitTo: false } },
      /version 2\.0\.0 lacks commitTo, which 1\.0\.0 has/,
    ],
    ['is another driver', { name: 'other' }, /it is the driver other, and chaos runs/],
    [
      'dies at its first call',
      { on: 'stat', act: 'exit' },
      /does not serve: .*exit code 3; its last words: something is broken/,
    ],
    [
      'has no description any more',
      { undescribed: true },
      /it has no description: --describe printed no JSON/,
    ],
  ];

  test.each(cases)('it %s', async (_what, flaws, message) => {
    await bench.seed('/a', Buffer.from('x'));
    const driver = await openVersion();
    const first = pidOf(driver);
    await install('2.0.0', flaws);
    await expect(driver.reload()).rejects.toThrow(message);
    expect(driver.status()).toMatchObject({ state: 'ready', version: '1.0.0', pid: first, draining: [] });
    expect((await driver.stat('/a')).size).toBe(1);
    expect((await driver.metrics()).reloads).toEqual({ ok: 0, failed: 1 });
    await expect.poll(() => processesNaming(bench.root)).toContain(first);
    await install('2.0.1');
    await driver.reload();
    expect(driver.status().version).toBe('2.0.1');
  });

  test('it is missing', async () => {
    const driver = await openVersion();
    await rm(join(bench.root, 'bin', 'registry-storage-chaos'));
    await expect(driver.reload()).rejects.toThrow(`not registered: chaos (registry-storage-chaos: searched`);
    await driver.put('/a', Buffer.from('x'));
  });

  test('it says nothing', async () => {
    const driver = await openVersion({}, { timings: { startMs: 2_000, drainMs: 250 } });
    await install('2.0.0', { start: 'silent' });
    await expect(driver.reload()).rejects.toThrow(/did not start .*2000 ms/);
    await driver.put('/a', Buffer.from('x'));
  });
});

describe('when the drain is over', () => {
  /** No time at all: what is open is asked to leave as soon as the new process serves. */
  const timings = { replaceMs: 1 };

  test.each<DataPlane>(['socket', 'inline'])('a reader goes on in the new process (%s)', async (plane) => {
    await bench.seed('/blob', content);
    const driver = await openVersion({}, { dataPlanes: [plane], timings });
    const first = pidOf(driver);
    const reader = await driver.reader('/blob');
    const start = Buffer.alloc(1000);
    const count = await reader.read(start);
    await install('2.0.0');
    await driver.reload();
    await ended(first);
    const rest = await readToEnd(reader, SIZE);
    expect(Buffer.concat([start.subarray(0, count), rest])).toEqual(content);
  });

  test.each<DataPlane>(['socket', 'inline'])('a writer goes on in the new process (%s)', async (plane) => {
    const driver = await openVersion({}, { dataPlanes: [plane], timings });
    const first = pidOf(driver);
    const writer = await driver.writer('/up');
    await writer.write(content.subarray(0, 100_000));
    await install('2.0.0');
    await driver.reload();
    await ended(first);
    expect(writer.size).toBe(100_000);
    await writer.write(content.subarray(100_000));
    await writer.commitTo?.('/placed');
    expect(await bench.content('/placed')).toEqual(content);
  });

  test('a writer whose client has left goes on all the same, and commits', async () => {
    const driver = await openVersion({}, { timings });
    const first = pidOf(driver);
    const client = new AbortController();
    const writer = await driver.writer('/up', { signal: client.signal });
    await writer.write(content);
    client.abort();
    await install('2.0.0');
    await driver.reload();
    await ended(first);
    await writer.commit();
    expect(await bench.content('/up')).toEqual(content);
  });

  test('a writer that nothing was written to yet starts anew', async () => {
    const driver = await openVersion({}, { timings });
    const first = pidOf(driver);
    const writer = await driver.writer('/up');
    await install('2.0.0');
    await driver.reload();
    await ended(first);
    await writer.write(content);
    await writer.commit();
    expect(await bench.content('/up')).toEqual(content);
  });

  test('an isolated writer cannot, and says that its process is gone', async () => {
    const capabilities = { isolatedWriters: true };
    const driver = await openVersion({ capabilities }, { timings: { ...timings, leaveMs: 1 } });
    const first = pidOf(driver);
    const writer = await driver.writer('/up', { mode: 'isolated' });
    await writer.write(content.subarray(0, 100_000));
    await install('2.0.0', { capabilities });
    await driver.reload();
    await ended(first);
    await expect(writer.write(content)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('a writer of which the driver has lost bytes ends', async () => {
    const driver = await openVersion({}, { dataPlanes: ['inline'], timings });
    const first = pidOf(driver);
    const writer = await driver.writer('/up');
    await writer.write(content.subarray(0, 100_000));
    await bench.seed('/up', Buffer.from('short'));
    await install('2.0.0');
    await driver.reload();
    await ended(first);
    await expect(writer.write(content)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

test('a writer of a version that could not commit elsewhere is moved there', async () => {
  const sent: unknown[] = [];
  const trace = ({ message: { method } }: TraceEntry) => void sent.push(method);
  const driver = await openVersion({ capabilities: { commitTo: false } }, { trace });
  const writer = await driver.writer('/up');
  await writer.write(content.subarray(0, 10));
  await install('2.0.0');
  await driver.reload();
  await writer.commitTo?.('/placed');
  expect(await bench.content('/placed')).toEqual(content.subarray(0, 10));
  expect(sent.filter((method) => method === 'writer/commit' || method === 'move')).toEqual([
    'writer/commit',
    'move',
  ]);
});

test('under load nothing fails, however often the driver is replaced', async () => {
  await bench.seed('/blob', content);
  const driver = await openVersion({}, { timings: { replaceMs: 5 } });
  const stop = new AbortController();
  const readers = async () => {
    while (!stop.signal.aborted) {
      await driver.stat('/blob');
      expect(Buffer.compare(await readToEnd(await driver.reader('/blob'), SIZE), content)).toBe(0);
    }
  };
  const writers = async (path: string) => {
    while (!stop.signal.aborted) {
      const writer = await driver.writer(path);
      for (let at = 0; at < SIZE; at += 65_536) await writer.write(content.subarray(at, at + 65_536));
      await writer.commit();
      expect(Buffer.compare(await bench.content(path), content)).toBe(0);
    }
  };
  const load = Promise.all([readers(), readers(), writers('/one'), writers('/two')]);
  load.catch(() => stop.abort());
  for (let number = 2; number <= 6 && !stop.signal.aborted; number++) {
    await install(`${String(number)}.0.0`);
    await driver.reload();
  }
  stop.abort();
  await load;
  expect(driver.status()).toMatchObject({ version: '6.0.0', restarts: 5 });
  expect(driver.status().lastError).toBeUndefined();
});

test('the end of the registry does not wait for a process that drains', async () => {
  await bench.seed('/blob', content);
  const driver = await openVersion({}, { timings: { replaceMs: 3_600_000, leaveMs: 3_600_000 } });
  const first = pidOf(driver);
  await driver.reader('/blob');
  await install('2.0.0');
  await driver.reload();
  await driver.close();
  expect(await isRunning(first)).toBe(false);
});

/** Longer than any test. */
const FOR_EVER = { describeMs: 3_600_000, startMs: 3_600_000 };

test('the end of the registry does not wait for a new version that says nothing of itself', async () => {
  const driver = await openVersion({}, { timings: FOR_EVER });
  const describing = join(bench.root, 'describing');
  await install('2.0.0', { describing });
  const reloaded = driver.reload();
  reloaded.catch(() => undefined);
  await expect.poll(() => existsSync(describing), { timeout: 60_000 }).toBe(true);
  await driver.close();
  await expect(reloaded).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
});

test('the end of the registry does not wait for the first answer of a new version', async () => {
  const isAsked = Promise.withResolvers<undefined>();
  const trace = ({ message: { method } }: TraceEntry) => {
    if (method === 'stat') isAsked.resolve(undefined);
  };
  const driver = await openVersion({}, { timings: FOR_EVER, trace });
  await install('2.0.0', { on: 'stat', act: 'silence' });
  const reloaded = driver.reload();
  reloaded.catch(() => undefined);
  await isAsked.promise;
  await driver.close();
  await expect(reloaded).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
});
