import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChaosRegistry, ChaosRule } from '../harness/chaos-registry.js';
import { startChaosRegistry } from '../harness/chaos-registry.js';
import type { Content } from '../harness/content.js';
import { createContent } from '../harness/content.js';
import type { Pulled } from '../harness/pull.js';
import { pull } from '../harness/pull.js';
import { createRandom } from '../harness/random.js';
import { KIB, MIB, scaled, seconds } from '../harness/scale.js';
import type { Plane, RunningRegistry } from '../harness/start-registry.js';
import { PLANES, startRegistry, testRegistry } from '../harness/start-registry.js';
import { makeTemporaryDirectory } from '../harness/temporary-directory.js';
import { pushBlob } from '../harness/upload.js';

const NAME = 'faults/pull';
const big = createContent('pulled', 256 * MIB);
/** The same in the long form: what takes many pulls. */
const some = scaled(createContent('pulled again and again', 64 * MIB), big);
/** The plane `inline` has a tenth of the speed of the others. */
const contents: Readonly<Record<Plane, Content>> = {
  file: big,
  socket: big,
  inline: some,
};
/** Kills at places where nobody knows what is in the buffers. */
const randomKills: Readonly<Record<Plane, number>> = {
  file: scaled(5, 50),
  socket: scaled(50, 1000),
  inline: scaled(5, 50),
};

let store: Awaited<ReturnType<typeof makeTemporaryDirectory>>;

beforeAll(async () => {
  store = await makeTemporaryDirectory();
  const registry = await startRegistry({ store: store.path });
  try {
    for (const content of new Set(Object.values(contents))) await pushBlob(registry.url, NAME, content);
  } finally {
    await registry.stop();
  }
});

afterAll(() => store.remove());

describe.each(PLANES)('kill -9 of the driver at a certain moment, on the plane %s', (plane) => {
  const content = contents[plane];
  let chaos: ChaosRegistry;

  beforeAll(async () => {
    chaos = await startChaosRegistry({ plane, store: store.path });
  });

  afterAll(() => chaos.stop());

  test.each(moments(plane, content))(
    `%s of ${content.size / MIB} MiB: the client gets every byte`,
    async (_moment, rule) => {
      const driver = await chaos.registry.driverPid();
      await chaos.arm({ ...rule, path: '/blobs/' });
      expect(await pull(blobUrl(chaos.registry, content)).result).toEqual(whole(content));
      await chaos.registry.newDriverPid(driver);
    },
  );
});

test.each(PLANES)(
  'kill -9 of the driver at random places, on the plane %s: the client gets every byte',
  async (plane) => {
    const registry = await testRegistry({ store: store.path, plane });
    const random = createRandom(`kill at random, ${plane}`);
    for (let round = 0; round < randomKills[plane]; round++) {
      const pauseAt = Math.floor(random() * some.size);
      const running = pull(blobUrl(registry, some), { pauseAt });
      await running.paused;
      const driver = await registry.driverPid();
      process.kill(driver, 'SIGKILL');
      running.resume();
      expect(await running.result, `round ${round}, paused at ${pauseAt}`).toEqual(whole(some));
      await registry.newDriverPid(driver);
    }
  },
  seconds(300, 3600),
);

test('kill -9 of the driver while 8 clients pull: each gets every byte', async () => {
  const registry = await testRegistry({ store: store.path, plane: 'socket' });
  const pulls = Array.from({ length: 8 }, (_, index) =>
    pull(blobUrl(registry, big), { pauseAt: index * 16 * MIB }),
  );
  await Promise.all(pulls.map(({ paused }) => paused));
  process.kill(await registry.driverPid(), 'SIGKILL');
  for (const { resume } of pulls) resume();
  expect(await Promise.all(pulls.map(({ result }) => result))).toEqual(pulls.map(() => whole(big)));
});

test('content that is gone in the middle of a pull breaks the connection, and never ends it well', async () => {
  const registry = await testRegistry({ plane: 'socket' });
  const content = createContent('gone', 64 * MIB);
  await pushBlob(registry.url, NAME, content);
  const running = pull(blobUrl(registry, content), { pauseAt: MIB });
  await running.paused;
  // The registry writes elsewhere in the store meanwhile.
  await rm(join(registry.store, 'docker/registry/v2/blobs'), { recursive: true });
  process.kill(await registry.driverPid(), 'SIGKILL');
  running.resume();
  await expect(running.result).rejects.toThrow(/aborted|reset|hang up/);
});

function moments(plane: Plane, { size }: Content): (readonly [string, ChaosRule])[] {
  // The host reads local files by itself: the driver only finds them.
  if (plane === 'file')
    return [
      ['before it finds the file', { at: 'before', call: 'localFile' }],
      ['when it has found the file', { at: 'after', call: 'localFile' }],
    ];
  const bytes: (readonly [string, number])[] = [
    ['before byte 0', 0],
    ['before byte 1', 1],
    ['at 64 KiB', 64 * KIB],
    ['in the middle', size / 2],
    ['before the last byte', size - 1],
    ['behind the last byte', size],
  ];
  return bytes
    .filter(([, byte]) => plane === 'socket' || byte < size) // inline, nobody asks for what is behind the end
    .map(([moment, byte]) => [moment, { at: 'read', byte }]);
}

function blobUrl({ url }: RunningRegistry, { digest }: Content): string {
  return `${url}/v2/${NAME}/blobs/${digest}`;
}

function whole({ size, digest }: Content): Pulled {
  return { status: 200, contentLength: size, bytes: size, digest };
}
