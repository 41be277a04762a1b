import type { Regulator } from '@outrigger/driver';
import type { MultipartStore } from './multipart-store.js';
import type { ObjectStore } from './object-store.js';

/** The same store, with so many requests at a time as the regulator lets through. A body is read outside of it. */
export function regulate(store: ObjectStore, { run }: Regulator): ObjectStore {
  const { multipart, move, redirect } = store;
  return {
    multipart: regulateMultipart(multipart, run),
    head: (key, options) => run(() => store.head(key, options), options?.signal),
    list: (request) => run(() => store.list(request), request.signal),
    read: (key, request) => run(() => store.read(key, request), request.signal),
    put: (key, content, options) => run(() => store.put(key, content, options), options?.signal),
    copy: (source, destination, options) =>
      run(() => store.copy(source, destination, options), options?.signal),
    ...(move === undefined
      ? {}
      : {
          move: (source, destination, options) =>
            run(() => move.call(store, source, destination, options), options?.signal),
        }),
    delete: (keys, options) => run(() => store.delete(keys, options), options?.signal),
    // Signed without a request, as a rule.
    ...(redirect === undefined ? {} : { redirect: (key, request) => redirect.call(store, key, request) }),
    close: () => store.close(),
  };
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
    complete: (upload, parts, options) =>
      run(() => multipart.complete(upload, parts, options), options?.signal),
    abort: (upload, options) => run(() => multipart.abort(upload, options), options?.signal),
    findAbandoned: (prefix, before, options) => multipart.findAbandoned(prefix, before, options),
  };
}
