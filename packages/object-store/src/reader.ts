import type { CallOptions, ContentReader, ReadOptions } from '@outrigger/driver';
import {
  MAX_PUT_SIZE,
  StorageError,
  alreadyClosed,
  cancelled,
  isStorageError,
  pathNotFound,
  readFully,
} from '@outrigger/driver';
import type { Keys } from './keys.js';
import type { ObjectStore } from './object-store.js';
import { openBody } from './resuming-body.js';
import { untilAborted } from './until-aborted.js';

/** How often `get` begins anew when the content was replaced while a broken body was asked for again. */
const MAX_CHANGES = 5;

/** Opens an object; broken bodies are gone on with, see {@link openBody}. */
export async function openReader(
  store: ObjectStore,
  keys: Keys,
  path: string,
  options: ReadOptions = {},
): Promise<ContentReader> {
  const { offset = 0, length, ifMatch, signal } = options;
  const body = await openBody(store, { path, key: keys.of(path), offset, length, ifMatch }, signal);
  if (body === undefined) throw pathNotFound(path);
  const { size, modTime, version } = body.info;
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  let rest: Uint8Array = new Uint8Array(0);
  const next = () =>
    untilAborted(body.next(), either, path).catch((error: unknown) => {
      throw stop.signal.aborted ? alreadyClosed(path, 'closed') : error;
    });
  return {
    size,
    modTime,
    ...(version === undefined ? {} : { version }),
    async read(into) {
      if (stop.signal.aborted) throw alreadyClosed(path, 'closed');
      if (signal?.aborted) throw cancelled(path, signal.reason);
      if (rest.length === 0) rest = (await next()) ?? rest;
      const count = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    close() {
      stop.abort();
      body.close();
      return Promise.resolve();
    },
  };
}

/** The whole of a small object. */
export async function getContent(
  store: ObjectStore,
  keys: Keys,
  path: string,
  options: CallOptions = {},
): Promise<Uint8Array> {
  for (let turn = 1; ; turn++) {
    const reader = await openReader(store, keys, path, options);
    try {
      return await readWhole(reader, path);
    } catch (error) {
      const isChanged = isStorageError(error, 'UNAVAILABLE') && !error.retryable;
      if (!isChanged || turn === MAX_CHANGES) throw error;
    }
  }
}

async function readWhole(reader: ContentReader, path: string): Promise<Uint8Array> {
  try {
    if (reader.size > MAX_PUT_SIZE)
      throw new StorageError('INTERNAL', `content is larger than ${String(MAX_PUT_SIZE)} bytes: ${path}`, {
        path,
      });
    const content = new Uint8Array(reader.size);
    await readFully(reader, content);
    return content;
  } finally {
    await reader.close();
  }
}
