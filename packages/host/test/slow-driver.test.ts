import { randomBytes } from 'node:crypto';
import { readToEnd } from '@outrigger/driver';
import type { FileWriter, StorageDriver } from '@outrigger/driver';
import { expect, test } from 'vitest';
import type { TraceEntry } from '../src/index.js';
import { chaosBench } from './open-chaos.js';

const bench = chaosBench();
const MIB = 1024 * 1024;
const content = randomBytes(8 * MIB);

/** From its answer to this call on the driver reads its stdin at 1 KB/s. */
const SIPS_STDIN = { on: 'stat', act: 'sip' };

async function isWhole(driver: StorageDriver): Promise<boolean> {
  const reader = await driver.reader('/blob');
  return Buffer.compare(await readToEnd(reader, content.length), content) === 0;
}

test('F16: behind a driver that reads its stdin at 1 KB/s, streams that are open and other drivers go on', async () => {
  await bench.seed('/blob', content);
  const driver = await bench.open(SIPS_STDIN, { dataPlanes: ['socket'] });
  const other = await bench.open({}, { dataPlanes: ['socket'] });
  const reader = await driver.reader('/blob');
  const first = Buffer.alloc(1);
  await reader.read(first);
  await driver.stat('/blob');
  // Three quarters of an hour of requests are before it.
  const puts = Array.from({ length: 64 }, (_, i) => driver.put(`/${String(i)}`, randomBytes(32 * 1024)));
  const settled = Promise.allSettled(puts);
  const rest = await readToEnd(reader, content.length);
  expect(Buffer.compare(Buffer.concat([first, rest]), content)).toBe(0);
  expect(await isWhole(other)).toBe(true);
  expect(driver.status().restarts).toBe(0);
  await driver.close();
  await settled;
});

test('F16: of content for a driver that reads its stdin at 1 KB/s, one piece is under way, and the client waits', async () => {
  await bench.seed('/blob', content);
  let pieces = 0;
  const trace = ({ direction, message: { method } }: TraceEntry) => {
    if (direction === 'sent' && method === 'writer/write') pieces++;
  };
  const driver = await bench.open(SIPS_STDIN, { dataPlanes: ['inline'], trace });
  const other = await bench.open();
  const writer = await driver.writer('/up');
  await driver.stat('/blob');
  let isTaken = false;
  const writing = writer.write(content).then(
    () => (isTaken = true),
    () => undefined,
  );
  expect(await isWhole(other)).toBe(true);
  expect(pieces).toBe(1);
  expect(isTaken).toBe(false);
  await driver.close();
  await writing;
});

test('F16: a driver that takes the bytes of one writer at 1 KB/s holds up no other stream', async () => {
  await bench.seed('/blob', content);
  const driver = await bench.open({ sipped: '/slow' }, { dataPlanes: ['socket'] });
  let accepted = 0;
  const feed = async (writer: FileWriter) => {
    for (;;) {
      await writer.write(content.subarray(0, 64 * 1024));
      accepted += 64 * 1024;
    }
  };
  const feeding = feed(await driver.writer('/slow')).catch((error: unknown) => error);
  await expect.poll(() => accepted).toBeGreaterThan(0);
  for (const path of ['/one', '/two']) {
    const writer = await driver.writer(path);
    for (let at = 0; at < content.length; at += MIB) await writer.write(content.subarray(at, at + MIB));
    await writer.commit();
    expect(Buffer.compare(await bench.content(path), content)).toBe(0);
  }
  expect(await isWhole(driver)).toBe(true);
  // What the host has taken of the slow one's client: no more than a stream may hold.
  expect(accepted).toBeLessThanOrEqual(2 * MIB);
  await driver.close();
  expect(await feeding).toMatchObject({ code: 'UNAVAILABLE' });
});
