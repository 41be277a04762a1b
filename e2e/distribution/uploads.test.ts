import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { errorCodes, request } from '../harness/http.js';
import { pull } from '../harness/pull.js';
import { KIB, MIB } from '../harness/scale.js';
import { testRegistry } from '../harness/start-registry.js';
import { listStore } from '../harness/store-check.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import type { Upload } from '../harness/upload.js';
import {
  askStatus,
  beginUpload,
  expectStatus,
  finishUpload,
  sendChunk,
  toUpload,
  uploadAt,
} from '../harness/upload.js';
import { PEERS, startPeer } from './peer.js';

const content = createContent('an upload that changes hands', 3 * MIB);

async function patch(url: string, upload: Upload, to: number): Promise<Upload> {
  return toUpload(url, await expectStatus(202, sendChunk(upload, content, { to })));
}

test.for(PEERS)('an upload begun at %s goes on here, and the other way round', async (peerName, context) => {
  const store = await temporaryDirectory();
  const peer = await startPeer(context, peerName, store);
  let theirs = await patch(peer.url, await beginUpload(peer.url, 'moving'), 700 * KIB);
  await peer.stop();
  const { hashState } = await listStore(store);
  expect(hashState).not.toEqual([]);
  const states = await readAll(store, hashState);

  const ours = await testRegistry({ store });
  expect((await askStatus(ours.url, uploadAt(ours.url, theirs))).offset).toBe(700 * KIB);
  theirs = await patch(ours.url, uploadAt(ours.url, theirs), MIB + 1);
  const own = await patch(ours.url, await beginUpload(ours.url, 'moving'), 500 * KIB);
  const other = await patch(ours.url, await beginUpload(ours.url, 'elsewhere'), 2 * MIB);
  await ours.stop();
  // Their hash states are as they were, and none is ours.
  expect((await listStore(store)).hashState).toEqual(hashState);
  expect(await readAll(store, hashState)).toEqual(states);

  const second = await startPeer(context, peerName, store);
  theirs = await patch(second.url, uploadAt(second.url, theirs), 2 * MIB);
  await expectStatus(201, finishUpload(uploadAt(second.url, own), content));
  const moved = await patch(second.url, uploadAt(second.url, other), 2 * MIB + 5);
  await second.stop();

  const last = await testRegistry({ store });
  await expectStatus(201, finishUpload(uploadAt(last.url, theirs), content));
  await expectStatus(201, finishUpload(uploadAt(last.url, moved), content));
  for (const name of ['moving', 'elsewhere']) {
    const pulled = await pull(`${last.url}/v2/${name}/blobs/${content.digest}`).result;
    expect(pulled).toMatchObject({ status: 200, digest: content.digest });
  }
  await last.stop();
  const files = await listStore(store);
  expect([...files.upload, ...files.hashState]).toEqual([]);
});

test.for(PEERS)('wrong content in an upload of %s is found here', async (peerName, context) => {
  const store = await temporaryDirectory();
  const peer = await startPeer(context, peerName, store);
  const theirs = await patch(peer.url, await beginUpload(peer.url, 'wrong'), MIB);
  await peer.stop();
  const ours = await testRegistry({ store });
  const other = createContent('another content', 2 * MIB);
  const answer = await finishUpload(uploadAt(ours.url, theirs), other);
  expect([answer.status, errorCodes(answer)]).toEqual([400, ['DIGEST_INVALID']]);
  expect((await request(`${ours.url}/v2/wrong/blobs/${other.digest}`)).status).toBe(404);
  expect((await listStore(store)).upload).toEqual([]);
});

test.for(PEERS)(
  'an upload of %s under another http.secret is refused, and stays as it is',
  async (peerName, context) => {
    const store = await temporaryDirectory();
    const peer = await startPeer(context, peerName, store, 'a secret of their own');
    const theirs = await patch(peer.url, await beginUpload(peer.url, 'closed'), MIB);
    await peer.stop();
    const before = await listStore(store);
    const ours = await testRegistry({ store });
    for (const answer of [
      await sendChunk(uploadAt(ours.url, theirs), content, { to: 2 * MIB }),
      await finishUpload(uploadAt(ours.url, theirs), content),
      await request(uploadAt(ours.url, theirs).location, { method: 'DELETE' }),
    ]) {
      expect([answer.status, errorCodes(answer)]).toEqual([404, ['BLOB_UPLOAD_UNKNOWN']]);
    }
    await ours.stop();
    expect((await listStore(store)).upload).toEqual(before.upload);
    const again = await startPeer(context, peerName, store, 'a secret of their own');
    await expectStatus(201, finishUpload(uploadAt(again.url, theirs), content));
  },
);

function readAll(store: string, files: readonly string[]): Promise<Buffer[]> {
  return Promise.all(files.map((file) => readFile(join(store, file))));
}
