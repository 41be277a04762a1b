import { expect, test } from 'vitest';
import { createContent } from './harness/content.js';
import { peakMemory } from './harness/processes.js';
import { pull } from './harness/pull.js';
import { GIB, MIB, scaled, seconds } from './harness/scale.js';
import { PLANES, testRegistry } from './harness/start-registry.js';
import { beginUpload, expectStatus, finishUpload, sendChunk, toUpload } from './harness/upload.js';

const NAME = 'memory/blob';
const LIMIT = 200 * MIB;

test.each(PLANES)(
  'on the plane %s, neither host nor driver needs 200 MiB, however large the blob is',
  async (plane) => {
    // The plane `inline` has a tenth of the speed.
    const size = plane === 'inline' ? scaled(64 * MIB, GIB) : scaled(256 * MIB, 4 * GIB);
    const registry = await testRegistry({ plane });
    const driver = await registry.driverPid();
    const content = createContent(`memory ${plane}`, size);

    await expectStatus(201, finishUpload(await beginUpload(registry.url, NAME), content));
    const begun = await beginUpload(registry.url, NAME);
    const chunk = await expectStatus(202, sendChunk(begun, content, { to: size / 2 }));
    await expectStatus(201, finishUpload(toUpload(registry.url, chunk), content));
    const pulled = await pull(`${registry.url}/v2/${NAME}/blobs/${content.digest}`).result;
    expect(pulled).toMatchObject({ status: 200, bytes: size, digest: content.digest });

    expect(await registry.driverPid()).toBe(driver);
    expect(peakMemory(registry.pid), 'bytes of the host').toBeLessThan(LIMIT);
    expect(peakMemory(driver), 'bytes of the driver').toBeLessThan(LIMIT);
  },
  seconds(300, 3600),
);

test('F16: clients that stop reading cost the host no more than their buffers, and hold up nobody', async () => {
  const registry = await testRegistry({ plane: 'socket' });
  const content = createContent('slow consumers', 64 * MIB);
  const driver = await registry.driverPid();
  await expectStatus(201, finishUpload(await beginUpload(registry.url, NAME), content));
  const url = `${registry.url}/v2/${NAME}/blobs/${content.digest}`;
  const slow = Array.from({ length: 20 }, () => pull(url, { pauseAt: 1 }));
  await Promise.all(slow.map(({ paused }) => paused));
  expect(await pull(url).result).toMatchObject({ digest: content.digest });
  expect(peakMemory(registry.pid), 'bytes of the host').toBeLessThan(LIMIT + slow.length * 4 * MIB);
  expect(peakMemory(driver), 'bytes of the driver').toBeLessThan(LIMIT);
  for (const { resume } of slow) resume();
  for (const { result } of slow) expect(await result).toMatchObject({ digest: content.digest });
});
