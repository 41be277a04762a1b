import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readToEnd } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { CHAOS_DIRECTORY, WITH_GRANDCHILD, chaosBench, isRunning, pidOf } from './open-chaos.js';

const bench = chaosBench();

test('I10: an orderly stop ends the process, and calls afterwards fail', async () => {
  const driver = await bench.open();
  const pid = pidOf(driver);
  await driver.close();
  expect(await isRunning(pid)).toBe(false);
  expect(driver.status().state).toBe('stopped');
  await expect(driver.stat('/a')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  await driver.close();
});

test.each([{ ignoreeof: true }, { on: 'shutdown', act: 'stop' }, { on: 'shutdown', act: 'exit' }])(
  'I10: %j is ended all the same, with its grandchild',
  async (parameters) => {
    const driver = await bench.open({ ...parameters, grandchild: true }, WITH_GRANDCHILD);
    const pid = pidOf(driver);
    const grandchild = Number(await readFile(join(bench.root, 'grandchild')));
    await driver.close();
    expect(await isRunning(pid)).toBe(false);
    await expect.poll(() => isRunning(grandchild)).toBe(false);
  },
);

test('a grandchild ends with a driver that crashed', async () => {
  const parameters = { on: 'stat', act: 'kill', grandchild: true, times: 1 };
  const driver = await bench.open(parameters, WITH_GRANDCHILD);
  const grandchild = Number(await readFile(join(bench.root, 'grandchild')));
  await driver.stat('/a').catch(() => undefined);
  await expect.poll(() => isRunning(grandchild)).toBe(false);
});

test('B8: a reload loses no call, and an open reader ends where it began', async () => {
  const content = randomBytes(4 * 1024 * 1024);
  await bench.seed('/blob', content);
  const driver = await bench.open({}, { dataPlanes: ['socket'] });
  const first = pidOf(driver);
  const reader = await driver.reader('/blob');
  await reader.read(Buffer.alloc(1000));
  const calls = Array.from({ length: 50 }, () => driver.stat('/blob'));
  await driver.reload();
  await Promise.all(calls);
  expect(driver.status()).toMatchObject({ state: 'ready', restarts: 1 });
  expect(pidOf(driver)).not.toBe(first);
  expect(await isRunning(first)).toBe(true);
  expect(Buffer.compare(await readToEnd(reader, content.length), content.subarray(1000))).toBe(0);
  await expect.poll(() => isRunning(first)).toBe(false);
  expect(driver.status().lastError).toBeUndefined();
});

test('B8, B9: a reload uses the new executable, if it may', async () => {
  const directory = join(bench.root, 'bin');
  const file = join(directory, 'registry-storage-chaos');
  const install = async (comment: string) => {
    const text = `#!/bin/sh\n# ${comment}\nexec ${process.execPath} ${join(CHAOS_DIRECTORY, 'chaos.mjs')} "$@"\n`;
    await writeFile(file, text, { mode: 0o755 });
    return createHash('sha256').update(text).digest('hex');
  };
  await mkdir(directory);
  const pins: Record<string, string> = { chaos: await install('one') };
  const driver = await bench.open({}, { driverDirectories: [directory], pathLookup: false, pins });
  const first = pidOf(driver);
  const second = await install('two');
  await expect(driver.reload()).rejects.toThrow(`its sha256 is ${second}, pinned is`);
  expect(pidOf(driver)).toBe(first);
  await driver.put('/a', Buffer.from('x'));
  pins.chaos = second;
  await driver.reload();
  expect(pidOf(driver)).not.toBe(first);
  expect((await driver.stat('/a')).size).toBe(1);
});

test('metrics of a driver', async () => {
  await bench.seed('/blob', randomBytes(100_000));
  const driver = await bench.open();
  await driver.put('/a', Buffer.from('hello'));
  await readToEnd(await driver.reader('/blob'), 100_000);
  await driver.stat('/none').catch(() => undefined);
  const metrics = await driver.metrics();
  expect(metrics).toMatchObject({
    driver: 'chaos',
    bytesRead: 100_000,
    bytesWritten: 5,
    inFlight: 0,
    restarts: 0,
  });
  expect(metrics.rssBytes).toBeGreaterThan(1_000_000);
  const stat = metrics.actions.find(({ action }) => action === 'stat');
  expect(stat).toMatchObject({ byCode: { PATH_NOT_FOUND: 1 }, count: 1 });
  expect(stat?.buckets.reduce((sum, count) => sum + count, 0)).toBe(1);
});
