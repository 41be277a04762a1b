import type { Regulator } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { MultipartStore } from './multipart-store.js';
import type { ObjectStore } from './object-store.js';

/** The same store, with so many requests at a time as the regulator lets through. A body is read outside of it. */
export function regulate(store: ObjectStore, regulator: Regulator): ObjectStore {
  const run: Regulator['run'] = (task, signal) => regulator.run(() => withoutKey(task), signal);
  return {
    multipart: regulateMultipart(store.multipart, run),
    head: (key, options) => run(() => store.head(key, options), options?.signal),
    list: (request) => run(() => store.list(request), request.signal),
    read: (key, request) => run(() => store.read(key, request), request.signal),
    put: (key, content, options) => run(() => store.put(key, content, options), options?.signal),
    copy: (source, destination, options) =>
      run(() => store.copy(source, destination, options), options?.signal),
    ...(store.move === undefined ? {} : { move: regulatedMove(store, run) }),
    delete: (keys, options) => run(() => store.delete(keys, options), options?.signal),
    // Signed without a request, as a rule.
    ...(store.redirect === undefined
      ? {}
      : { redirect: async (key, request) => (await store.redirect?.(key, request)) ?? null }),
    close: () => store.close(),
  };
}

function regulatedMove(store: ObjectStore, run: Regulator['run']): NonNullable<ObjectStore['move']> {
  return (source, destination, options) =>
    run(async () => (await store.move?.(source, destination, options)) ?? false, options?.signal);
}

function regulatedCopyPart(
  multipart: MultipartStore,
  run: Regulator['run'],
): NonNullable<MultipartStore['copyPart']> {
  return (upload, number, source, options) =>
    run(async () => multipart.copyPart?.(upload, number, source, options), options?.signal);
}

/** Errors of a store may name a key; callers know paths, and the driver's boundary fills theirs in. */
async function withoutKey<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw isStorageError(error) && error.path !== undefined ? error.with({ path: undefined }) : error;
  }
}

function regulateMultipart(multipart: MultipartStore, run: Regulator['run']): MultipartStore {
  return {
    get partSize() {
      return multipart.partSize;
    },
    get concurrency() {
      return multipart.concurrency;
    },
    begin: (key, expectedSize, options) =>
      run(() => multipart.begin(key, expectedSize, options), options?.signal),
    uploadPart: (upload, number, content, options) =>
      run(() => multipart.uploadPart(upload, number, content, options), options?.signal),
    ...(multipart.copyPart === undefined ? {} : { copyPart: regulatedCopyPart(multipart, run) }),
    complete: (upload, parts, options) =>
      run(() => multipart.complete(upload, parts, options), options?.signal),
    abort: (upload, options) => run(() => multipart.abort(upload, options), options?.signal),
    findAbandoned: (prefix, before, options) => multipart.findAbandoned(prefix, before, options),
  };
}
