import type { ObjectStore, SignRedirect } from '@outrigger/object-store';
import type { Api } from './api.js';
import { copyObject } from './copy.js';
import { deleteObjects } from './delete.js';
import { headObject } from './head.js';
import { listObjects } from './list.js';
import { type MultipartOptions, createMultipartStore } from './multipart.js';
import { putObject } from './put.js';
import { readObject } from './read.js';

export interface GcsStoreOptions extends MultipartOptions {
  readonly api: Api;
  readonly signUrl: SignRedirect;
  readonly close: () => void;
}

/** A bucket of Google Cloud Storage. Listings and reads know every write before them; each object takes about one write a second. */
export function createGcsStore({ api, signUrl, close, ...multipart }: GcsStoreOptions): ObjectStore {
  return {
    multipart: createMultipartStore(api, multipart),
    head: (key, options) => headObject(api, key, options?.signal),
    list: (request) => listObjects(api, request),
    read: (key, request) => readObject(api, key, request),
    put: (key, content, options) => putObject(api, key, content, options?.signal),
    copy: (source, destination, options) => copyObject(api, source, destination, options?.signal),
    delete: (keys, options) => deleteObjects(api, keys, options?.signal),
    redirect: (key, request) => signUrl(key, request),
    close: () => {
      close();
      return Promise.resolve();
    },
  };
}
