import { openContent } from '../blobs/blob-content.js';
import type { Body } from '../content/body.js';
import { bodyOf } from '../content/body.js';
import { pacedBody } from '../http/pace.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { createTailWindow } from './tail-window.js';
import { toUpstreamError } from './transport.js';
import { UpstreamError, isUpstreamError } from './upstream-error.js';

/** A blob on its way from the upstream into the store. */
export interface BlobFetch {
  /** As announced; undefined when it was not. */
  readonly size: number | undefined;
  /** Whether the upstream has sent some of it. */
  readonly hasBegun: boolean;
  /** Resolves when the blob is verified and in the store. */
  readonly stored: Promise<void>;
  /**
   * The bytes from `start` to before `end`, as they come. The last of them are held back until the whole blob is verified and
   * stored, so that nothing wrong ever ends well (S21). Who is too slow for what is kept in memory reads the rest from the store.
   *
   * @throws UpstreamError; StorageError
   */
  read(start: number, end: number | undefined, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined>;
}

export interface BlobFetchOptions {
  readonly store: Store;
  readonly name: string;
  readonly digest: Digest;
  readonly size: number | undefined;
  /** Largest blob that is fetched, in bytes. Undefined: any. */
  readonly blobLimit: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Brings the body into the store, verified. */
  readonly save: (body: Body) => Promise<void>;
  /** Ends the request to the upstream. */
  readonly abort: () => void;
  /** How long the upstream may send less than 1 KiB/s, in milliseconds. */
  readonly patienceMs: number;
  /** How long the fetch may go on when nobody follows it any more, in milliseconds. */
  readonly cacheWriteTimeoutMs: number;
}

const WINDOW_BYTES = 512 * 1024;
/** A blob of no announced size that is larger is not taken. */
const MAX_UNANNOUNCED = 64 * 1024 ** 3;
const READ_BYTES = 256 * 1024;

type State = 'running' | 'stored' | 'failed';

/** Starts to bring a blob into the store, which goes on when those who asked for it leave. */
export function startBlobFetch(options: BlobFetchOptions): BlobFetch {
  const { store, name, digest, size, abort, cacheWriteTimeoutMs } = options;
  const window = createTailWindow(WINDOW_BYTES);
  let state: State = 'running';
  let followers = 0;
  let lonely = setTimeout(abort, cacheWriteTimeoutMs).unref();
  let change = Promise.withResolvers<undefined>();
  const announce = (): void => {
    change.resolve(undefined);
    change = Promise.withResolvers();
  };

  const pull = createPull(options, (chunk) => {
    window.add(chunk);
    announce();
  });
  const stored = options
    .save(bodyOf(pull.chunks, size))
    .then(() => {
      state = 'stored';
    })
    .catch((error: unknown) => {
      state = 'failed';
      throw pull.failure() ?? explain(error);
    })
    .finally(() => {
      clearTimeout(lonely);
      abort();
      announce();
    });
  // Whoever follows meets it.
  stored.catch(() => undefined);

  const enter = (): void => {
    followers++;
    clearTimeout(lonely);
  };
  const leave = (): void => {
    followers--;
    if (followers === 0 && state === 'running') lonely = setTimeout(abort, cacheWriteTimeoutMs).unref();
  };
  /** What may be had now: all of it when it is verified, else all but the end. */
  const ready = (at: number, end: number): Buffer | undefined => {
    const limit = Math.min(window.received, state === 'stored' ? end : end - 1);
    return at < limit ? window.from(at)?.subarray(0, limit - at) : undefined;
  };

  async function* follow(
    start: number,
    end: number,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer, void, undefined> {
    let at = start;
    while (at < end && !signal.aborted) {
      const isRunning = state === 'running';
      const piece = ready(at, end);
      if (piece !== undefined) {
        at += piece.length;
        yield piece;
      } else if (isRunning) await nextChange(change.promise, signal);
      else break;
    }
    if (signal.aborted) return;
    await stored;
    const left = Math.min(end, window.received) - at;
    if (left > 0) yield* readStored(store, name, digest, { offset: at, length: left }, signal);
  }

  return {
    size,
    get hasBegun() {
      return window.received > 0;
    },
    stored,
    async *read(start, end, signal) {
      enter();
      try {
        yield* follow(start, end ?? Infinity, signal);
      } finally {
        leave();
      }
    },
  };
}

/** The body, checked as it comes, and why it ended early. */
function createPull(
  { chunks, size, blobLimit = MAX_UNANNOUNCED, patienceMs, abort }: BlobFetchOptions,
  onChunk: (chunk: Buffer) => void,
): { chunks: AsyncIterable<Uint8Array>; failure: () => UpstreamError | undefined } {
  let failure: UpstreamError | undefined;
  async function* pull(): AsyncGenerator<Uint8Array, void, undefined> {
    let received = 0;
    const cut = (): void => {
      failure = new UpstreamError('UNREACHABLE', 'the upstream sends too slowly');
      abort();
    };
    try {
      for await (const chunk of pacedBody(chunks, patienceMs, cut)) {
        received += chunk.length;
        if (received > (size ?? Infinity))
          throw new UpstreamError('INVALID', 'the upstream sends more than the blob has');
        if (size === undefined && received > blobLimit) throw blobTooLarge();
        onChunk(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
        yield chunk;
      }
    } catch (error) {
      failure ??= toUpstreamError(error);
      throw failure;
    }
    if (size === undefined || received === size) return;
    failure = new UpstreamError('UNREACHABLE', 'the upstream broke off');
    throw failure;
  }
  return { chunks: pull(), failure: () => failure };
}

export function blobTooLarge(): UpstreamError {
  return new UpstreamError('TOO_LARGE', 'the blob of the upstream is larger than this registry takes');
}

function explain(error: unknown): unknown {
  if (isUpstreamError(error) || !isRegistryError(error, 'DIGEST_INVALID')) return error;
  return new UpstreamError('INVALID', 'what the upstream sends does not have the digest', { cause: error });
}

async function nextChange(change: Promise<undefined>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const leave = (): void => {
    resolve(undefined);
  };
  signal.addEventListener('abort', leave, { once: true });
  await Promise.race([change, promise]);
  signal.removeEventListener('abort', leave);
}

async function* readStored(
  store: Store,
  name: string,
  digest: Digest,
  range: { offset: number; length: number },
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const reader = await openContent(store, name, digest, { ...range, signal });
  if (reader === undefined) throw new UpstreamError('UNREACHABLE', 'the blob expired while it was sent');
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      const count = await reader.read(buffer);
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    await reader.close();
  }
}
