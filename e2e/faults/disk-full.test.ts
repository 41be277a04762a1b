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
import type { Plane, RunningRegistry } from '../harness/start-registry.js';
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
});

let disks: (() => Promise<void>)[];

beforeAll(() => {
  disks = [];
});

afterAll(async () => {
  for (const unmount of disks) await unmount();
});

async function registryOnDisk(plane: Plane): Promise<{ registry: RunningRegistry; ballast: string }> {
  const { path, remove } = await makeTemporaryDirectory();
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'outrigger-e2e', path]);
  const registry = await startRegistry({ plane, store: join(path, 'store') });
  disks.push(async () => {
    await registry.stop();
    await execa('umount', [path]);
    await remove();
  });
  return { registry, ballast: join(path, 'ballast') };
}

async function expectFull(answering: ReturnType<typeof request>): Promise<void> {
  const answer = await expectStatus(507, answering);
  expect(errorCodes(answer)).toEqual(['UNAVAILABLE']);
}
