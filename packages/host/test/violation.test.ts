import { randomBytes } from 'node:crypto';
import { readToEnd } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { chaosBench, isRunning, pidOf } from './open-chaos.js';

const bench = chaosBench();

test.each([
  ['print', /not a frame of the protocol: "Hello from a log line\\n/],
  ['nul', /not a frame of the protocol/],
  ['utf16', /not a frame of the protocol|frame header/],
  ['header', /frame header/],
  ['huge', /a message of 1000000000000 bytes/],
  ['negative', /Content-Length " ?-1" is not a number/],
  ['twolengths', /two Content-Length/],
  ['deep', /nested deeper/],
  ['wrongid', /an answer to a request that is not open: id 987654/],
  [
    'wrongtype',
    /an answer to stat \(id \d+\) that is not of its schema: result\.path: expected string, received number \(see docs\/protocol\/reference\.md#stat\)/,
  ],
  ['both', /not a JSON-RPC 2.0 message/],
  ['request', /a request from the driver: stat/],
])('F10-F12: %s ends the process at once, and the next one serves', async (act, message) => {
  await bench.seed('/a', Buffer.from('x'));
  const driver = await bench.open({ on: 'stat', act, times: 1 });
  const pid = pidOf(driver);
  expect((await driver.stat('/a')).size).toBe(1);
  expect(await isRunning(pid)).toBe(false);
  const { lastError } = driver.status();
  expect(lastError).toMatch(message);
  expect(lastError).toContain('chaos');
  expect(lastError).toMatch(/\(see docs\/protocol\/[a-z]+\.md/);
});

test('F12: a second answer is an error after the first', async () => {
  const driver = await bench.open({ on: 'delete', act: 'twice', times: 1 });
  await driver.delete('/a');
  await expect.poll(() => driver.status().lastError).toMatch(/an answer to a request that is not open/);
});

test('F12: a false count of bytes is no success', async () => {
  await bench.seed('/a', randomBytes(100_000));
  const driver = await bench.open({ lie: 7 }, { dataPlanes: ['socket'] });
  const reading = driver.reader('/a').then((reader) => readToEnd(reader, 100_000));
  await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  await expect.poll(() => driver.status().lastError).toMatch(/sent 100000 bytes and says 100007/);
});

test('a stream that ends short is read on, and is never the end', async () => {
  await bench.seed('/a', randomBytes(100_000));
  const driver = await bench.open({ short: 10 }, { dataPlanes: ['socket'] });
  const reading = driver.reader('/a').then((reader) => readToEnd(reader, 100_000));
  await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('F18: a flood on stderr is read, dropped and counted', async () => {
  const since = performance.now();
  const driver = await bench.open({ flood: 20_000_000 });
  await expect.poll(() => bench.log.lines.some(({ fields }) => Number(fields.dropped) > 1000)).toBe(true);
  await driver.list('/').catch(() => undefined);
  const logged = bench.log.lines.reduce((sum, { message }) => sum + message.length, 0);
  // A million at once, and as many in each second.
  expect(logged).toBeLessThanOrEqual(1_000_000 + (performance.now() - since) * 1_000);
  expect(bench.log.lines.every(({ fields }) => fields.driver === 'chaos')).toBe(true);
});
