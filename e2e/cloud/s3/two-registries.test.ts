import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import type { Content } from '../../harness/content.js';
import { createContent } from '../../harness/content.js';
import { KIB, MIB } from '../../harness/scale.js';
import type { RunningRegistry } from '../../harness/start-registry.js';
import { testRegistry } from '../../harness/start-registry.js';
import { sortFiles } from '../../harness/store-check.js';
import { useTool } from '../../harness/tool.js';
import type { Upload } from '../../harness/upload.js';
import {
  askStatus,
  beginUpload,
  expectStatus,
  finishUpload,
  sendChunk,
  toUpload,
  uploadAt,
} from '../../harness/upload.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { PART, overS3 } from './s3-registry.js';

const NAME = 'shared/uploads';

/** Contents, and after which bytes the other registry goes on. */
const UPLOADS = {
  'without a byte on the first': [6 * MIB, [0]],
  'less than a part': [100 * KIB, [40 * KIB]],
  'exactly a part': [2 * PART, [PART]],
  'parts and a tail, there and back': [2 * PART + 17, [PART + 1000, PART + 2000, 2 * PART + 1]],
  'all on the first': [PART + 5, [PART + 5]],
} as const satisfies Record<string, [number, readonly number[]]>;

test('two registries on one bucket: uploads begun on one are gone on with and ended on the other', async (context) => {
  const server = await startVersitygw(useTool(context, 'versitygw'));
  onTestFinished(() => server.stop());
  const bucket = await server.createStore();
  const registries = [await testRegistry(overS3(bucket)), await testRegistry(overS3(bucket))] as const;
  const journal = new Journal();
  for (const [title, [size, stops]] of Object.entries(UPLOADS)) {
    const content = createContent(title, size);
    await push(registries, content, stops);
    journal.acknowledge({ kind: 'blob', name: NAME, digest: content.digest });
  }
  for (const registry of registries) await journal.audit(registry);
  expect(await bucket.openMultiparts()).toEqual([]);
  expect(sortFiles(await bucket.names()).upload).toEqual([]);
});

/** In turns: one registry up to the first stop, the other one up to the second. */
async function push(
  registries: readonly [RunningRegistry, RunningRegistry],
  content: Content,
  stops: readonly number[],
): Promise<void> {
  let upload: Upload = await beginUpload(registries[0].url, NAME);
  for (const [turn, to] of stops.entries()) {
    const { url } = registries[turn % 2 === 0 ? 0 : 1];
    if (to > upload.offset)
      upload = toUpload(url, await expectStatus(202, sendChunk(uploadAt(url, upload), content, { to })));
    expect(upload.offset).toBe(to);
  }
  const { url } = registries[stops.length % 2 === 0 ? 0 : 1];
  const reached = await askStatus(url, uploadAt(url, upload));
  expect(reached.offset).toBe(stops.at(-1));
  await expectStatus(201, finishUpload(reached, content));
}
