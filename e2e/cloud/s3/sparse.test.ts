import { s3 } from '@outrigger/plugin-s3';
import { expect, onTestFinished, test } from 'vitest';
import { GIB, MIB, scaled, seconds } from '../../harness/scale.js';
import { S3_REGION } from '../../harness/s3-server.js';
import type { SparseS3 } from './sparse/server.js';
import { startSparseS3 } from './sparse/server.js';

/** More than a request copies, and with 10 MiB a part more parts than a page lists. */
const SIZE = 12 * GIB;
const PART = 10 * MIB;

test('12 GiB are listed, copied in more than a thousand parts, moved, and read at any place', async () => {
  const { fake, driver } = await sparseDriver();
  fake.store.seed('a/big', SIZE);
  expect(await driver.stat('/a/big')).toMatchObject({ size: SIZE });
  expect((await driver.list('/a')).entries).toMatchObject([{ path: '/a/big', size: SIZE }]);
  await driver.move('/a/big', '/b/moved');
  expect([...fake.store.objects].map(([key, { size }]) => [key, size])).toEqual([['b/moved', SIZE]]);
  expect(fake.counts.get('PUT partNumber copy')).toBe(Math.ceil(SIZE / PART));
  expect(fake.store.multiparts.size).toBe(0);
  const reader = await driver.reader('/b/moved', { offset: SIZE - 100 });
  const into = Buffer.alloc(1000, 1);
  expect(reader.size).toBe(SIZE);
  expect(await reader.read(into)).toBe(100);
  expect(into.subarray(0, 100).every((byte) => byte === 0)).toBe(true);
  await reader.close();
});

test(
  'many parts are written, closed, gone on with, and completed',
  async () => {
    const { fake, driver } = await sparseDriver();
    // The first stop leaves some bytes behind its parts, the second one so many that they are an object of their own.
    const size = scaled(60 * PART + 8 * MIB, SIZE) + 1234;
    const stops = [25 * PART + 17, size - 3 * PART, size];
    const chunk = Buffer.alloc(MIB);
    let at = 0;
    for (const stop of stops) {
      const writer = await driver.writer('/c/written', { mode: at > 0 ? 'append' : 'truncate' });
      expect(writer.size).toBe(at);
      for (; at < stop; at += Math.min(MIB, stop - at))
        await writer.write(chunk.subarray(0, Math.min(MIB, stop - at)));
      if (stop === size) await writer.commit();
      else await writer.close();
    }
    expect(fake.store.objects.get('c/written')?.size).toBe(size);
    expect(fake.store.multiparts.size).toBe(0);
    // What is left over is deleted beside what goes on, and waited for at the end.
    await driver.close();
    expect([...fake.store.objects.keys()]).toEqual(['c/written']);
  },
  seconds(600, 1800),
);

async function sparseDriver() {
  const fake: SparseS3 = await startSparseS3();
  onTestFinished(() => fake.stop());
  const driver = await s3.create({
    bucket: fake.bucket,
    region: S3_REGION,
    regionendpoint: fake.url,
    forcepathstyle: true,
    accesskey: 'a',
    secretkey: 'b',
    chunksize: PART,
    multipartcopychunksize: PART,
  });
  onTestFinished(() => driver.close());
  return { fake, driver };
}
