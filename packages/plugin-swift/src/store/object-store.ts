import type { ObjectStore, SignalOption } from '@outrigger/object-store';
import { toSwiftError } from '../errors.js';
import type { TempUrlSigner } from '../temp-url.js';
import type { Store } from './context.js';
import { copy, move } from './copy.js';
import { deleteObjects } from './delete.js';
import { describe } from './describe.js';
import { list } from './list.js';
import { createMultipart } from './multipart.js';
import { putObject } from './put.js';
import { read } from './read.js';

export interface SwiftStoreOptions {
  readonly store: Store;
  readonly chunkSize: number;
  readonly signer: TempUrlSigner | undefined;
  readonly onClose: () => Promise<void>;
}

/** A container of Swift as a store of objects. */
export function createSwiftStore({ store, chunkSize, signer, onClose }: SwiftStoreOptions): ObjectStore {
  return {
    multipart: createTranslatedMultipart(store, chunkSize),
    head: (key, options) => about(key, options, async () => (await describe(store, key, options))?.info),
    list: (request) => about(request.prefix, request, () => list(store, request)),
    read: (key, request) => about(key, request, () => read(store, key, request)),
    put: (key, content, options) =>
      about(key, options, async () => {
        await putObject(store, key, content, options);
      }),
    copy: (source, destination, options) =>
      about(source, options, () => copy(store, source, destination, options)),
    move: (source, destination, options) =>
      about(source, options, () => move(store, source, destination, options)),
    delete: (keys, options) =>
      about(keys.length === 1 ? (keys[0] ?? '') : 'several', options, () =>
        deleteObjects(store, keys, options),
      ),
    ...(signer === undefined
      ? {}
      : {
          redirect: (key, request) =>
            about(key, request, () => signer(store.layout.pathOf(key), request.method, request.signal)),
        }),
    close: onClose,
  };
}

function createTranslatedMultipart(store: Store, chunkSize: number): ObjectStore['multipart'] {
  const parts = createMultipart(store, chunkSize);
  return {
    partSize: parts.partSize,
    concurrency: parts.concurrency,
    begin: (key, size, options) => about(key, options, () => parts.begin(key, size, options)),
    uploadPart: (upload, number, content, options) =>
      about(upload.key, options, () => parts.uploadPart(upload, number, content, options)),
    complete: (upload, all, options) =>
      about(upload.key, options, () => parts.complete(upload, all, options)),
    abort: (upload, options) => about(upload.key, options, () => parts.abort(upload, options)),
    async *findAbandoned(prefix, before, options) {
      try {
        yield* parts.findAbandoned(prefix, before, options);
      } catch (error) {
        throw toSwiftError(error, prefix, options?.signal);
      }
    },
  };
}

async function about<T>(key: string, options: SignalOption | undefined, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw toSwiftError(error, key, options?.signal);
  }
}
