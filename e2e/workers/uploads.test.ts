import { expect, test } from 'vitest';
import { createContent, sha256 } from '../harness/content.js';
import { request } from '../harness/http.js';
import { KIB } from '../harness/scale.js';
import {
  askStatus,
  beginUpload,
  expectStatus,
  finishUpload,
  sendChunk,
  toUpload,
} from '../harness/upload.js';
import { testWorkers } from './registry-of-workers.js';

const NAME = 'some/repository';
const SIZE = 900 * KIB;

test('uploads whose requests come over connections of any worker, many at a time', async () => {
  const { url, metrics } = await testWorkers({ parameters: { commit: 'relaxed' } });
  const push = async (number: number) => {
    const content = createContent(`upload ${number}`, SIZE + number);
    let upload = await beginUpload(url, NAME);
    for (const to of [SIZE / 3, (2 * SIZE) / 3]) {
      upload = toUpload(url, await expectStatus(202, sendChunk(upload, content, { to })));
      expect((await askStatus(url, upload)).offset).toBe(to);
    }
    const pushed = await expectStatus(201, finishUpload(upload, content));
    expect(pushed.headers['docker-content-digest']).toBe(content.digest);
    const { body } = await expectStatus(200, request(`${url}/v2/${NAME}/blobs/${content.digest}`));
    expect(sha256(body)).toBe(content.digest);
    return upload;
  };
  const uploads = await Promise.all(Array.from({ length: 8 }, (_, number) => push(number)));
  for (const { location } of uploads) await expectStatus(404, request(location));
  // Each request once, whoever has taken it and whoever has answered it.
  const patches =
    /^registry_http_requests_total\{handler="blob_upload_chunk",code="202",method="patch"\} (\d+)$/m;
  await expect.poll(async () => patches.exec(await metrics())?.[1]).toBe('16');
});

test('what is wrong is said whichever worker has the connection; no path hides an upload from its owner', async () => {
  const { url } = await testWorkers({ parameters: { commit: 'relaxed' } });
  const content = createContent('wrong', SIZE);
  for (let round = 0; round < 3; round++) {
    const upload = await beginUpload(url, NAME);
    const gap = await expectStatus(416, sendChunk(upload, content, { from: 1000 }));
    expect(toUpload(url, gap).offset).toBe(0);
    const forged = new URL(upload.location);
    forged.searchParams.set('_state', 'forged');
    await expectStatus(404, sendChunk({ ...upload, location: forged.href }, content));
    // Nobody but a worker can say who a client is.
    const headers = { 'outrigger-client': Buffer.from('{"address":"1.2.3.4"}').toString('base64') };
    const escaped = upload.location.replace('/uploads/', '/up%6coads/');
    await expectStatus(204, request(escaped, { headers }));
    const half = toUpload(
      url,
      await expectStatus(202, sendChunk({ ...upload, location: escaped }, content, { to: SIZE / 2 })),
    );
    const other = { ...content, digest: createContent('other', 10).digest };
    await expectStatus(400, finishUpload(half, other));
    await expectStatus(404, request(half.location));
  }
});
