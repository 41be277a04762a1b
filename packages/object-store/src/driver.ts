import type { CallOptions, Capabilities, StorageDriver } from '@outrigger/driver';
import { cancelled, createRegulator, throwIfAborted } from '@outrigger/driver';
import { createKeys } from './keys.js';
import { createLeftovers } from './leftovers.js';
import { listDirectory } from './list-directory.js';
import { log } from './log.js';
import type { ObjectStore } from './object-store.js';
import { openWriter } from './open-writer.js';
import { createPartMemory } from './part-memory.js';
import { getContent, openReader } from './reader.js';
import { copyObject, deletePath, movePath } from './rearrange.js';
import { regulate } from './regulated-store.js';
import { statPath } from './stat-path.js';
import { sweepRegularly } from './sweep.js';
import { untilAborted } from './until-aborted.js';
import { createUploadStates } from './upload-states.js';
import { walkSubtree } from './walk-subtree.js';
import type { Writing } from './writing.js';

export interface ObjectDriverOptions {
  readonly name: string;
  readonly store: ObjectStore;
  /** Of all keys: empty, or with a slash at its end and none at its beginning. */
  readonly keyPrefix: string;
  /** What differs from {@link OBJECT_CAPABILITIES}. */
  readonly capabilities?: Capabilities;
  /** Requests to the store at a time; a body that is being read is none. Default 64. */
  readonly concurrency?: number;
  /**
   * Full parts on their way at a time, of all writers together. Default 8. The memory for what is written is at most two parts for
   * each of these, or one for each open writer, whichever is more: max(writers, 2 x maxPartsInFlight) x partSize. For a moment, when
   * many begin beside busy ones, it is more, but never above (writers + maxPartsInFlight) x partSize.
   */
  readonly maxPartsInFlight?: number;
  /** Uploads that nobody went on with for so long are ended. Default: 7 days. */
  readonly abandonedAfterMs?: number;
  /** Bytes of a closed upload that fill no part: more of them become an object of their own, which the store can copy. Default 128 KiB. */
  readonly maxTailBehindState?: number;
  /** Hears of a search for abandoned uploads that failed; it is done again an hour later. Default: a line of the log. */
  readonly onSweepError?: (error: unknown) => void;
}

/** What a driver over objects can do, besides redirects where its store has them. */
export const OBJECT_CAPABILITIES = {
  walk: true,
  copy: true,
  // Of an object: a copy appears whole, and the source is deleted behind it.
  atomicMove: true,
  isolatedWriters: true,
  commitTo: true,
} as const satisfies Capabilities;

const WEEK_MS = 7 * 24 * 3_600_000;

/**
 * A driver over a flat store of objects. Paths are taken as checked (see `checkDriver`). Uploads that were abandoned are looked for in
 * the background, at once and every hour.
 *
 * @throws RangeError for a prefix or a limit that is none
 */
export async function createObjectDriver(options: ObjectDriverOptions): Promise<StorageDriver> {
  const { name, concurrency = 64, maxPartsInFlight = 8, abandonedAfterMs = WEEK_MS } = options;
  const keys = createKeys(options.keyPrefix);
  const store = regulate(options.store, createRegulator(concurrency));
  const leftovers = createLeftovers(store);
  const states = createUploadStates(store, keys, leftovers, options.maxTailBehindState);
  const writing: Writing = {
    store,
    keys,
    states,
    memory: createPartMemory(maxPartsInFlight),
    open: new Set(),
  };
  const sweeping = sweepRegularly(writing, abandonedAfterMs, options.onSweepError ?? logSweepError);

  const reading = <T>(path: string, given: CallOptions | undefined, task: () => Promise<T>): Promise<T> =>
    run(path, given, () => {
      keys.checkRead(path);
      return task();
    });
  const changing = <T>(path: string, given: CallOptions | undefined, task: () => Promise<T>): Promise<T> =>
    run(path, given, () => {
      keys.checkWrite(path);
      return task();
    });

  return {
    name,
    capabilities: {
      ...OBJECT_CAPABILITIES,
      ...(store.redirect === undefined ? {} : { redirectURL: true }),
      ...options.capabilities,
    },
    stat: (path, given) => reading(path, given, () => statPath(store, keys, path, given)),
    list: (path, given) => reading(path, given, () => listDirectory(store, keys, path, given)),
    walk: (path, given) => reading(path, given, () => walkSubtree(store, keys, path, given)),
    get: (path, given) => reading(path, given, () => getContent(store, keys, path, given)),
    reader: (path, given) => reading(path, given, () => openReader(store, keys, path, given)),
    put: (path, content, given) => changing(path, given, () => store.put(keys.of(path), content, given)),
    writer: (path, given) => changing(path, given, () => openWriter(writing, path, given)),
    move: (source, destination, given) =>
      reading(source, given, () => {
        keys.checkWrite(destination);
        return movePath(writing, source, destination, given);
      }),
    copy: (source, destination, given) =>
      reading(source, given, () => {
        keys.checkWrite(destination);
        return copyObject(writing, source, destination, given);
      }),
    delete: (path, given) => reading(path, given, () => deletePath(writing, path, given)),
    redirectURL: (path, request) =>
      reading(path, request, async () => {
        const isReading = request.method === 'GET' || request.method === 'HEAD';
        return isReading ? ((await store.redirect?.(keys.of(path), request)) ?? null) : null;
      }),
    async close() {
      sweeping.close();
      for (const upload of writing.open) upload.stop();
      await leftovers.settle();
      await store.close();
    },
  };
}

/** A call that is aborted is answered at once, whatever the store does with the signal. */
async function run<T>(path: string, given: CallOptions | undefined, task: () => Promise<T>): Promise<T> {
  const signal = given?.signal;
  throwIfAborted(signal, path);
  try {
    return await untilAborted(task(), signal, path);
  } catch (error) {
    throw signal?.aborted === true ? cancelled(path, error) : error;
  }
}

function logSweepError(error: unknown): void {
  log(
    'warn',
    `abandoned uploads could not be removed: ${error instanceof Error ? error.message : 'unknown'}`,
  );
}
