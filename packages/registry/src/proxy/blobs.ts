import { statContent } from '../blobs/blob-content.js';
import { blobUnknown, mountBlob, statBlob } from '../blobs/blob-links.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Uploads } from '../uploads/uploads.js';
import type { BlobFetch } from './blob-fetch.js';
import { blobTooLarge, startBlobFetch } from './blob-fetch.js';
import { saveBlob } from '../uploads/save-blob.js';
import type { Schedule } from './schedule.js';
import type { TransportResponse } from './transport.js';
import { discard, single } from './transport.js';
import type { Upstream } from './upstream.js';
import { UpstreamError, isUpstreamError } from './upstream-error.js';

export interface BlobsOptions {
  readonly uploads: Uploads;
  readonly upstream: Upstream;
  readonly schedule: Schedule | undefined;
  /** Largest blob that is fetched, in bytes. Undefined: any. */
  readonly blobLimit: number | undefined;
  readonly patienceMs: number;
  readonly cacheWriteTimeoutMs: number;
}

export interface ProxiedBlobs {
  /**
   * Sees to a blob that a client wants to read.
   *
   * @returns undefined when the store has it, else the fetch that everybody who wants it shares
   * @throws RegistryError BLOB_UNKNOWN; UpstreamError
   */
  open(name: string, digest: Digest, signal: AbortSignal): Promise<BlobFetch | undefined>;
  /**
   * The size of a blob, which is not fetched for it; undefined when the upstream does not say.
   *
   * @throws RegistryError BLOB_UNKNOWN; UpstreamError
   */
  size(name: string, digest: Digest, signal: AbortSignal): Promise<number | undefined>;
  /** Ends the fetches that go on. */
  close(): Promise<void>;
}

const HEAD_MS = 30_000;

export function createProxiedBlobs(options: BlobsOptions): ProxiedBlobs {
  const { uploads, upstream, schedule, blobLimit } = options;
  const { store } = uploads;
  const fetches = new Map<string, Promise<BlobFetch | undefined>>();
  const running = new Map<BlobFetch, AbortController>();

  const head = async (name: string, digest: Digest): Promise<number | undefined> => {
    const signal = AbortSignal.timeout(HEAD_MS);
    const path = `blobs/${digest.text}`;
    const response = await upstream.send({ method: 'HEAD', name, path, signal }).catch(translate(digest));
    await discard(response);
    return checkHead(response, digest, blobLimit);
  };
  /** Another repository's content is ours when the upstream says so; its bytes are never asked for twice. */
  const adopt = async (name: string, digest: Digest): Promise<boolean> => {
    if ((await statContent(store, name, digest)) === undefined) return false;
    await head(name, digest);
    await store.presence.joining;
    return mountBlob(store, name, digest);
  };
  const fetch = async (name: string, digest: Digest): Promise<BlobFetch | undefined> => {
    if (await adopt(name, digest)) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const path = `blobs/${digest.text}`;
    const response = await upstream.send({ method: 'GET', name, path, signal }).catch(translate(digest));
    // Whoever reads the body meets it; nobody does when the store fails first.
    response.body.on('error', () => undefined);
    const size = checkBody(response, digest, blobLimit);
    const started = startBlobFetch({
      ...options,
      store,
      name,
      digest,
      size,
      chunks: response.body,
      save: (body) => saveBlob(uploads, name, digest, body),
      abort: () => {
        controller.abort();
      },
    });
    running.set(started, controller);
    return started;
  };
  /** Never rejects. */
  const settle = async (name: string, digest: Digest, created: Promise<BlobFetch | undefined>) => {
    // Whoever asked is told of a fetch that did not begin.
    const started = await created.catch(() => undefined);
    if (started === undefined) return;
    try {
      await started.stored;
      schedule?.touch('blob', name, digest);
    } catch (error) {
      const fields = { name, digest: digest.text, err: error };
      store.log[isUpstreamError(error, 'INVALID') ? 'error' : 'warn'](fields, 'a blob could not be fetched');
    } finally {
      running.delete(started);
    }
  };
  const share = (name: string, digest: Digest): Promise<BlobFetch | undefined> => {
    const key = `${name}@${digest.text}`;
    const known = fetches.get(key);
    if (known !== undefined) return known;
    const created = fetch(name, digest);
    fetches.set(key, created);
    void settle(name, digest, created).finally(() => fetches.delete(key));
    return created;
  };

  return {
    async open(name, digest, signal) {
      if (await isStored(uploads, name, digest, signal)) {
        schedule?.touch('blob', name, digest);
        return undefined;
      }
      return share(name, digest);
    },
    async size(name, digest, signal) {
      try {
        const { size } = await statBlob(store, name, digest, { signal });
        schedule?.touch('blob', name, digest);
        return size;
      } catch (error) {
        if (!isRegistryError(error, 'BLOB_UNKNOWN')) throw error;
        return head(name, digest);
      }
    },
    async close() {
      const all = [...running];
      for (const [, controller] of all) controller.abort();
      await Promise.allSettled(all.map(([{ stored }]) => stored));
    },
  };
}

async function isStored(
  { store }: Uploads,
  name: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<boolean> {
  const target = await store.layout.blobs.resolve(name, digest, { signal });
  return target !== undefined && (await statContent(store, name, target, { signal })) !== undefined;
}

/** The size that an answer announces. */
function checkHead(
  { headers }: TransportResponse,
  digest: Digest,
  blobLimit: number | undefined,
): number | undefined {
  const said = single(headers, 'docker-content-digest');
  if (said?.startsWith(`${digest.algorithm}:`) === true && said !== digest.text)
    throw new UpstreamError('INVALID', 'the upstream answers with another blob');
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
    throw new UpstreamError('INVALID', 'the upstream answers with an encoding that was not asked for');
  const length = single(headers, 'content-length');
  const size = length !== undefined && /^[0-9]{1,15}$/.test(length) ? Number(length) : undefined;
  if (size !== undefined && size > (blobLimit ?? Infinity)) throw blobTooLarge();
  return size;
}

/** As {@link checkHead}; a body that is not wanted then is given up. */
function checkBody(
  response: TransportResponse,
  digest: Digest,
  blobLimit: number | undefined,
): number | undefined {
  try {
    return checkHead(response, digest, blobLimit);
  } catch (error) {
    response.body.destroy();
    throw error;
  }
}

function translate(digest: Digest): (error: unknown) => never {
  return (error) => {
    throw isUpstreamError(error, 'UNKNOWN') ? blobUnknown(digest) : error;
  };
}
