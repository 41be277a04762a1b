import { randomBytes } from 'node:crypto';
import { readToEnd } from '@outrigger/driver';
import type { DataPlane } from '@outrigger/ipc/host';
import { expect, test } from 'vitest';
import type { SupervisedDriver } from '../src/index.js';
import { chaosBench, isRunning, pidOf } from './open-chaos.js';

const bench = chaosBench();

/** Calls that are done again by the next process, and what they tell of the store. */
const CALLS = {
  stat: async (driver: SupervisedDriver) => (await driver.stat('/a/b')).size,
  list: async (driver: SupervisedDriver) => (await driver.list('/a')).entries.length,
  get: async (driver: SupervisedDriver) => (await driver.get('/a/b')).length,
  read: async (driver: SupervisedDriver) => (await readToEnd(await driver.reader('/a/b'), 1000)).length,
};

type Row = readonly [row: string, act: string, message: RegExp, on?: keyof typeof CALLS, plane?: DataPlane];

const ROWS: readonly Row[] = [
  ['F10', 'print', /not a frame of the protocol: "Hello from a log line\\n/],
  ['F10', 'random', /not a frame of the protocol/],
  ['F10', 'nul', /not a frame of the protocol: "\\x00\\x00/],
  ['F10', 'utf16', /not a frame of the protocol: "C\\x00o\\x00n/],
  [
    'F10',
    'half',
    /a message that is not JSON: "\{\\"jsonrpc\\"|a message that is not JSON: "\{"jsonrpc"Content/,
  ],
  ['F10', 'lieafter', /not a frame of the protocol: "a line of a log\\n/],
  ['F11', 'header', /a frame header of more than 4096 bytes/],
  ['F11', 'endless', /a frame header of more than 4096 bytes/],
  ['F11', 'linefeeds', /a line of a frame header that does not end in CRLF/],
  ['F11', 'letters', /Content-Length " ?2abc" is not a number/],
  ['F11', 'large', /a message of \d+ bytes; the limit is 1048576/],
  ['F11', 'huge', /a message of 1000000000000 bytes; the limit is 1048576/],
  ['F11', 'negative', /Content-Length " ?-1" is not a number/],
  ['F11', 'twolengths', /two Content-Length/],
  ['F11', 'deep', /nested deeper than 32 levels/],
  [
    'F11',
    'longchunk',
    /to read of \/a\/b .* result\.data: expected at most \d+ bytes, received/,
    'read',
    'inline',
  ],
  ['F12', 'wrongid', /an answer to a request that is not open: id 987654/],
  ['F12', 'oldid', /an answer to a request that is not open: id 0/],
  [
    'F12',
    'wrongtype',
    /an answer to stat \(id \d+\) that is not of its schema: result\.path: expected string, received number \(see docs\/protocol\/reference\.md#stat\)/,
  ],
  ['F12', 'proto', /an answer to stat \(id \d+\) that is not of its schema: result\.path: it is missing/],
  ['F12', 'both', /not a JSON-RPC 2\.0 message: it has "result" and "error"/],
  ['F12', 'request', /a request from the driver: stat; only the host asks/],
  [
    'F12',
    'stray',
    /to list of \/a .* result\.entries\[0\]\.path: expected .* child, received "\/b\/c"/,
    'list',
  ],
  ['F12', 'nobase64', /to get of \/a\/b .* result\.content: expected base64 with padding/, 'get'],
  ['F12', 'otherplane', /to read of \/a\/b .* expected that of the plane socket/, 'read', 'socket'],
];

const FAULTS = ROWS.map(([row, act, message, on = 'stat', plane = 'socket']) => ({
  row,
  act,
  message,
  on,
  plane,
}));

test.each(FAULTS)(
  '$row: $act ends the process at once, and the next one serves',
  async ({ act, message, on, plane }) => {
    await bench.seed('/a/b', Buffer.from('x'));
    const driver = await bench.open({ on, act, times: 1 }, { dataPlanes: [plane] });
    const pid = pidOf(driver);
    // Nothing of what came with or behind the fault is heeded: the answer is the next process's.
    expect(await CALLS[on](driver)).toBe(1);
    expect(await isRunning(pid)).toBe(false);
    const { lastError, restarts } = driver.status();
    expect(restarts).toBe(1);
    expect(lastError).toMatch(message);
    expect(lastError).toContain('chaos');
    // Where the author of the driver can read how it should have been.
    expect(lastError).toMatch(/\(see docs\/protocol\/[a-z]+\.md/);
  },
);

test('F10: the log has the last words of a driver that printed to stdout, without its secrets', async () => {
  const secret = 'hunter2hunter2';
  const driver = await bench.open({ on: 'stat', act: 'print', times: 1, secret });
  await driver.stat('/a').catch(() => undefined);
  const { lastError } = driver.status();
  expect(lastError).toMatch(/Hello from a log line.*; its last words: logging in with \*\*\*$/);
  expect(bench.log.lines).toContainEqual(
    expect.objectContaining({ level: 'error', message: lastError }) as unknown,
  );
  expect(JSON.stringify(bench.log.lines)).not.toContain(secret);
});

test('F10: a driver that says half a frame and no more is given up', async () => {
  await bench.seed('/a', Buffer.from('x'));
  const parameters = { on: 'stat', act: 'halfsilent', after: true, times: 1 };
  const driver = await bench.open(parameters, { timings: { pingMs: 300 } });
  const pid = pidOf(driver);
  expect((await driver.stat('/a')).size).toBe(1);
  await expect.poll(() => isRunning(pid)).toBe(false);
  await expect.poll(() => driver.status().lastError).toMatch(/no answer to a ping within 300 ms/);
  expect((await driver.stat('/a')).size).toBe(1);
});

test('F12: a writer that is told of bytes that nobody sent ends, and its driver with it', async () => {
  const parameters = { on: 'writer/write', act: 'oversize', after: true, times: 1 };
  const driver = await bench.open(parameters, { dataPlanes: ['inline'] });
  const pid = pidOf(driver);
  const writer = await driver.writer('/up');
  await expect(writer.write(randomBytes(100_000))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect.poll(() => isRunning(pid)).toBe(false);
  await expect
    .poll(() => driver.status().lastError)
    .toMatch(/writer\/write of \/up .* result\.size: expected 65536, .* received 65543/);
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

test('F12: a stream that ends short is read on, and is never the end', async () => {
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
