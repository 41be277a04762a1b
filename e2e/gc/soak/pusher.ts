import { createContent, toBuffer } from '../../harness/content.js';
import type { Client, Reply } from './client.js';
import { BusyError, HostGoneError, digestOf } from './client.js';
import type { Journal, Promised } from './journal.js';
import { broken, promised } from './journal.js';

export interface PusherOptions {
  readonly client: Client;
  readonly journal: Journal;
  readonly random: () => number;
  readonly graceMs: number;
  /** Idles between its blobs and its manifest, for almost the whole grace period. */
  readonly isSlow: boolean;
  /** Leaves images to their tags, which move on, or to nothing. */
  readonly leaves: boolean;
  readonly isOver: () => boolean;
  /** Manifests that are never deleted, for the audit in the end. */
  readonly kept: Map<string, Manifest>;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A manifest that was acknowledged, and where. */
export interface Manifest {
  readonly name: string;
  readonly digest: string;
  readonly size: number;
  readonly blobs: readonly Descriptor[];
}

const REPOSITORIES = ['soak/one', 'soak/two', 'soak/three'];
const SHARED_LAYERS = 150;
const TYPE = 'application/vnd.oci.image';
const MANIFEST_TYPE = `${TYPE}.manifest.v1+json`;
const INDEX_TYPE = `${TYPE}.index.v1+json`;

/** Layers that all pushers share: what one of them deletes, another one has just found with a HEAD. */
const LAYERS = Array.from({ length: SHARED_LAYERS }, (_, index) =>
  toBuffer(createContent(`layer ${String(index)}`, index % 20 === 0 ? 150_000 : 500 + index)),
);

/** Pushes and deletes images until the soak is over. */
export async function push(options: PusherOptions): Promise<void> {
  const { journal, isOver } = options;
  while (!isOver()) {
    try {
      await pushImage(options);
    } catch (error) {
      if (error instanceof HostGoneError) journal.gone++;
      else if (error instanceof BusyError) journal.failures.push(`503 for too long: ${error.message}`);
      else if (!(error instanceof GivenUp)) throw error;
      await idle(50);
    }
  }
}

/** The rest of this image makes no sense: the journal has the reason. */
class GivenUp extends Error {}

async function pushImage(options: PusherOptions): Promise<void> {
  const { client, journal, random, graceMs, isSlow, kept } = options;
  const name = pick(REPOSITORIES, random);
  const count = 2 + Math.floor(random() * 4);
  const layers = [...new Set(Array.from({ length: count }, () => pick(LAYERS, random)))];
  const start = performance.now();
  const blobs: Descriptor[] = [];
  for (const layer of layers) blobs.push(await haveBlob(options, name, layer, `${TYPE}.layer.v1.tar`));
  const config = Buffer.from(JSON.stringify({ id: random(), at: Date.now() }));
  const configDescriptor = await haveBlob(options, name, config, `${TYPE}.config.v1+json`);
  const promise = promised(start, graceMs);
  if (isSlow) await idle(start + graceMs * (0.5 + 0.42 * random()) - performance.now());
  const sentAt = performance.now();
  const manifest = await putManifest(
    options,
    name,
    { mediaType: MANIFEST_TYPE, config: configDescriptor, layers: blobs },
    promise,
  );
  journal.images++;
  await pullWhole(options, manifest, promised(sentAt, graceMs));
  if (random() < 0.3) await refer(options, manifest);
  if (random() < 0.2) await pushIndex(options, manifest);
  // Few: what they name is no garbage any more.
  if (kept.size < 5 && random() < 0.05) kept.set(`${name}@${manifest.digest}`, manifest);
  else await remove(options, client, manifest);
}

/** A blob that the registry has acknowledged: found, mounted or pushed, in one of the ways in which clients do it. */
async function haveBlob(
  { client, journal, random }: PusherOptions,
  name: string,
  content: Buffer,
  mediaType: string,
): Promise<Descriptor> {
  const digest = digestOf(content);
  const descriptor = { mediaType, digest, size: content.length };
  const head = await client.send('HEAD', `/v2/${name}/blobs/${digest}`);
  if (head.status === 200) {
    journal.blobsFound++;
    return descriptor;
  }
  expectStatus(journal, head, 404, 'HEAD of a blob');
  const from = pick(REPOSITORIES, random);
  const way = random();
  if (way < 0.3 && from !== name) {
    const mount = await client.send('POST', `/v2/${name}/blobs/uploads/?mount=${digest}&from=${from}`);
    if (mount.status === 201) {
      journal.mounts++;
      return descriptor;
    }
    await finish(journal, client, mount, content, digest);
  } else if (way < 0.55) {
    const body = new Uint8Array(content);
    const answer = await client.send('POST', `/v2/${name}/blobs/uploads/?digest=${digest}`, { body });
    expectStatus(journal, answer, 201, 'push of a blob in one request');
  } else {
    const begun = await client.send('POST', `/v2/${name}/blobs/uploads/`);
    if (way < 0.8) await finish(journal, client, begun, content, digest);
    else await finishInChunks(journal, client, begun, content, digest);
  }
  journal.blobsPushed++;
  return descriptor;
}

async function finish(
  journal: Journal,
  client: Client,
  begun: Reply,
  content: Buffer,
  digest: string,
): Promise<void> {
  expectStatus(journal, begun, 202, 'begin of an upload');
  const url = `${begun.headers.get('location') ?? ''}&digest=${digest}`;
  const answer = await client.send('PUT', url, { body: new Uint8Array(content) });
  expectStatus(journal, answer, 201, 'end of an upload');
}

async function finishInChunks(
  journal: Journal,
  client: Client,
  begun: Reply,
  content: Buffer,
  digest: string,
): Promise<void> {
  expectStatus(journal, begun, 202, 'begin of an upload');
  const body = new Uint8Array(content);
  const chunk = await client.send('PATCH', begun.headers.get('location') ?? '', { body });
  expectStatus(journal, chunk, 202, 'chunk of an upload');
  const answer = await client.send('PUT', `${chunk.headers.get('location') ?? ''}&digest=${digest}`);
  expectStatus(journal, answer, 201, 'end of an upload in chunks');
}

async function putManifest(
  { client, journal, random }: PusherOptions,
  name: string,
  fields: Readonly<Record<string, unknown>> & { mediaType: string },
  promise: Promised,
): Promise<Manifest> {
  const content = Buffer.from(JSON.stringify({ schemaVersion: 2, ...fields }));
  const digest = digestOf(content);
  // A tag that many share, and that moves; one of its own; or none.
  const references = [`tag${String(Math.floor(random() * 5))}`, `t-${digest.slice(7, 27)}`, digest];
  const answer = await client.send('PUT', `/v2/${name}/manifests/${pick(references, random)}`, {
    body: new Uint8Array(content),
    headers: { 'content-type': fields.mediaType },
  });
  if (answer.status !== 201) {
    const what = `${String(answer.status)} to the manifest of acknowledged content: ${answer.body.toString()}`;
    broken(journal, promise, what);
    throw new GivenUp();
  }
  const { config, layers } = fields as { config?: Descriptor; layers?: Descriptor[] };
  const blobs = [...(layers ?? []), ...(config === undefined ? [] : [config])];
  return { name, digest, size: content.length, blobs };
}

/** Pulls a manifest and all that it names, and hashes it. */
export async function pullWhole(
  { client, journal }: Pick<PusherOptions, 'client' | 'journal'>,
  { name, digest, blobs }: Manifest,
  promise: Promised,
): Promise<void> {
  for (const path of [`manifests/${digest}`, ...blobs.map((blob) => `blobs/${blob.digest}`)]) {
    const wanted = path.slice(path.indexOf('/') + 1);
    const answer = await client.send('GET', `/v2/${name}/${path}`);
    if (answer.status !== 200)
      broken(journal, promise, `${String(answer.status)} to ${path} of a pushed image`);
    else if (digestOf(answer.body) !== wanted) journal.failures.push(`wrong bytes for ${path}`);
  }
  journal.pulls++;
}

/** Pushes something that has the image as its subject, by its digest alone, and finds it in the list. */
async function refer(options: PusherOptions, { name, digest, size }: Manifest): Promise<void> {
  const { client, journal, random, graceMs } = options;
  const sentAt = performance.now();
  const config = await haveBlob(
    options,
    name,
    Buffer.from(`{"r":${String(random())}}`),
    'application/x.soak',
  );
  const subject = { mediaType: MANIFEST_TYPE, digest, size };
  const fields = {
    mediaType: MANIFEST_TYPE,
    artifactType: 'application/x.soak',
    config,
    layers: [],
    subject,
  };
  const promise = promised(performance.now(), graceMs);
  const referrer = await putManifest(options, name, fields, promised(sentAt, graceMs));
  const list = await client.send('GET', `/v2/${name}/referrers/${digest}`);
  if (!list.body.toString().includes(referrer.digest)) broken(journal, promise, 'a referrer is not listed');
  await pullWhole(options, referrer, promise);
  journal.referrers++;
}

/** Relies on a HEAD of the image to push an index of it. */
async function pushIndex(options: PusherOptions, image: Manifest): Promise<void> {
  const { client, journal, graceMs, isSlow } = options;
  const { name, digest, size } = image;
  const sentAt = performance.now();
  const head = await client.send('HEAD', `/v2/${name}/manifests/${digest}`);
  // An untagged one may have gone, if the grace period is over.
  if (head.status !== 200) return;
  if (isSlow) await idle(sentAt + graceMs * 0.9 - performance.now());
  const manifests = [{ mediaType: MANIFEST_TYPE, digest, size }];
  const promise = promised(performance.now(), graceMs);
  const index = await putManifest(
    options,
    name,
    { mediaType: INDEX_TYPE, manifests },
    promised(sentAt, graceMs),
  );
  await pullWhole(options, index, promise);
  await pullWhole(options, image, promise);
  journal.indexes++;
}

async function remove(options: PusherOptions, client: Client, image: Manifest): Promise<void> {
  const { journal, random, leaves } = options;
  if (leaves && random() < 0.4) return;
  const answer = await client.send('DELETE', `/v2/${image.name}/manifests/${image.digest}`);
  if (answer.status === 202) journal.deletes++;
  else if (answer.status !== 404) expectStatus(journal, answer, 202, 'delete of a manifest');
}

function expectStatus(journal: Journal, answer: Reply, status: number, what: string): void {
  if (answer.status === status) return;
  journal.failures.push(`${String(answer.status)} to ${what}: ${answer.body.toString().slice(0, 300)}`);
  throw new GivenUp();
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function idle(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
