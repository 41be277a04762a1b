import { execa } from 'execa';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Journal } from '../harness/audit.js';
import { createContent } from '../harness/content.js';
import { errorCodes, request } from '../harness/http.js';
import { createImages } from '../harness/images.js';
import { pushImages } from '../harness/push-images.js';
import { KIB, MIB } from '../harness/scale.js';
import type { Plane } from '../harness/start-registry.js';
import { startRegistry } from '../harness/start-registry.js';
import { makeTemporaryDirectory } from '../harness/temporary-directory.js';
import {
  askStatus,
  beginUpload,
  expectStatus,
  finishUpload,
  pushBlob,
  sendChunk,
} from '../harness/upload.js';

const NAME = 'faults/full';
const DISK = 48 * MIB;
const images = createImages();
const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('a full disk (mounting one takes root)', () => {
  test.each<Plane>(['socket', 'inline'])(
    'on the plane %s: 507, the rest goes on, and so do pushes when there is room',
    async (plane) => {
      const { registry, ballast } = await registryOnDisk(plane);
      const { url } = registry;
      const journal = new Journal();
      await pushImages(registry, NAME, images);
      await writeFile(ballast, Buffer.alloc(30 * MIB));
      const content = createContent('too much', 16 * MIB);

      // In one piece of known length, in one piece of unknown room, and as a chunk.
      await expectFull(finishUpload(await beginUpload(url, NAME), content));
      const upload = await beginUpload(url, NAME);
      await expectFull(sendChunk(upload, content));
      const reached = await askStatus(url, upload);
      expect(reached.offset).toBeLessThan(content.size);
      expect((await request(`${url}/v2/${NAME}/blobs/${content.digest}`, { method: 'HEAD' })).status).toBe(
        404,
      );

      // Everything that is there still is, and can be deleted.
      await journal.audit(registry);
      const deleted = `${url}/v2/${NAME}/manifests/${images.index.digest}`;
      await expectStatus(202, request(deleted, { method: 'DELETE' }));

      await rm(ballast);
      await expectStatus(201, finishUpload(reached, content));
      journal.acknowledge({ kind: 'blob', name: NAME, digest: content.digest });
      const small = createContent('small', 100 * KIB);
      await pushBlob(url, NAME, small);
      journal.acknowledge({ kind: 'blob', name: NAME, digest: small.digest });
      await journal.audit(registry);
    },
  );

  test('at the start: pulls and deletes go on, and so do pushes when there is room', async () => {
    const { registry: before, ballast, store } = await registryOnDisk('socket');
    await pushImages(before, NAME, images);
    await before.stop();
    await fill(ballast);
    const registry = await startRegistry({ plane: 'socket', store });
    try {
      expect(registry.logs()).toContain('this registry cannot announce itself in the store');
      await new Journal().audit(registry);
      const small = createContent('small', 100 * KIB);
      await expectFull(request(`${registry.url}/v2/${NAME}/blobs/uploads/`, { method: 'POST' }));
      const deleted = `${registry.url}/v2/${NAME}/manifests/${images.index.digest}`;
      await expectStatus(202, request(deleted, { method: 'DELETE' }));
      await rm(ballast);
      await pushBlob(registry.url, NAME, small);
      await pushImages(registry, NAME, images);
      await new Journal().audit(registry);
    } finally {
      await registry.stop();
    }
  });
});

/** Takes all the room that is left. */
async function fill(path: string): Promise<void> {
  await expect(writeFile(path, Buffer.alloc(DISK))).rejects.toMatchObject({ code: 'ENOSPC' });
}

let disks: (() => Promise<void>)[];

beforeAll(() => {
  disks = [];
});

afterAll(async () => {
  for (const unmount of disks) await unmount();
});

async function registryOnDisk(plane: Plane) {
  const { path, remove } = await makeTemporaryDirectory();
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'outrigger-e2e', path]);
  const store = join(path, 'store');
  const registry = await startRegistry({ plane, store });
  disks.push(async () => {
    await registry.stop();
    await execa('umount', [path]);
    await remove();
  });
  return { registry, store, ballast: join(path, 'ballast') };
}

async function expectFull(answering: ReturnType<typeof request>): Promise<void> {
  const answer = await expectStatus(507, answering);
  expect(errorCodes(answer)).toEqual(['UNAVAILABLE']);
}
