import { createContent } from '../harness/content.js';
import { request } from '../harness/http.js';
import { MANIFEST_TYPE } from '../harness/images.js';
import { pull } from '../harness/pull.js';
import { pushManifest } from '../harness/push-images.js';
import { KIB, MIB } from '../harness/scale.js';
import { until } from '../harness/until.js';
import { beginUpload, expectStatus, finishUpload, pushBlob, sendChunk, toUpload } from '../harness/upload.js';

const NAME = 'load/repository';

/** Clients that push and pull one after the other until they are told to stop. */
export interface Clients {
  /** Resolves when the slowest of them has done a round more, or one has failed, of which `stop` tells. */
  round(): Promise<void>;
  /** Resolves when all are done; rejects with the first answer that was not what it should be. */
  stop(): Promise<void>;
}

export function startClients(url: string): Clients {
  let isOver = false;
  const done: number[] = [];
  const loop = async (round: (number: number) => Promise<void>) => {
    const own = done.push(0) - 1;
    for (let number = 1; !isOver; number++) {
      await round(number);
      done[own] = number;
    }
  };
  const all = Promise.all([
    loop((number) => pushWhole(url, number)),
    loop((number) => pushInChunks(url, number)),
    loop((number) => moveTag(url, number)),
    loop(() => pullAgain(url)),
  ]);
  all.catch(() => (isOver = true));
  const slowest = () => Math.min(...done);
  return {
    async round() {
      const rounds = slowest();
      await until('a round of every client', () => isOver || slowest() > rounds);
    },
    async stop() {
      isOver = true;
      await all;
    },
  };
}

async function pushWhole(url: string, number: number): Promise<void> {
  const content = createContent(`whole ${number}`, MIB);
  await pushBlob(url, NAME, content);
  await expectPulled(url, content.digest);
}

/** An upload of which the requests may meet different processes of the driver. */
async function pushInChunks(url: string, number: number): Promise<void> {
  const content = createContent(`chunks ${number}`, MIB);
  let upload = await beginUpload(url, NAME);
  for (let to = 256 * KIB; to <= content.size; to += 256 * KIB)
    upload = toUpload(url, await expectStatus(202, sendChunk(upload, content, { to })));
  await expectStatus(201, finishUpload(upload, content));
  await expectPulled(url, content.digest);
}

async function moveTag(url: string, number: number): Promise<void> {
  const config = createContent(`config ${number}`, 200);
  await pushBlob(url, NAME, config);
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: config.digest,
      size: config.size,
    },
    layers: [],
  });
  await pushManifest(url, NAME, 'latest', MANIFEST_TYPE, body);
  const tag = `${url}/v2/${NAME}/manifests/latest`;
  const found = await expectStatus(200, request(tag, { headers: { accept: MANIFEST_TYPE } }));
  if (found.body.toString() !== body) throw new Error('the tag is not where it was moved to');
}

const shared = createContent('shared', 3 * MIB);

/** To be there before the clients start. */
export async function pushShared(url: string): Promise<void> {
  await pushBlob(url, NAME, shared);
}

async function pullAgain(url: string): Promise<void> {
  await expectPulled(url, shared.digest);
}

async function expectPulled(url: string, digest: string): Promise<void> {
  const pulled = await pull(`${url}/v2/${NAME}/blobs/${digest}`).result;
  if (pulled.status === 200 && pulled.digest === digest) return;
  throw new Error(`a pull was answered ${pulled.status} with ${pulled.digest} instead of ${digest}`);
}
