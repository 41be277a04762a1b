import type { ObjectStore } from '@outrigger/object-store';
import { log } from '@outrigger/object-store';
import type { AzureConfig } from './config.js';
import type { Connection } from './connection.js';
import { copyBlob } from './copy.js';
import { deleteBlobs } from './delete.js';
import { headBlob } from './head.js';
import { listBlobs } from './list.js';
import { createMultipart } from './multipart.js';
import { putBlob } from './put.js';
import { readBlob } from './read.js';
import { createRedirect } from './redirect.js';
import { createService, guard } from './service.js';

/** Of staged uploads. `~` is in no path, so nothing that a client names can be there. */
const STAGING = '_outrigger-uploads/~blocks/';

/** A container as a store of objects. Keys are names of blobs, behind a slash where the configuration says so. */
export function createAzureStore(config: AzureConfig, connection: Connection): ObjectStore {
  const service = createService(config, connection);
  const redirect = createRedirect(service, (message) => {
    log('warn', message);
  });
  return {
    multipart: createMultipart(service, config.keyPrefix + STAGING),
    head: (key, { signal } = {}) =>
      guard({ key, signal }, async () => (await headBlob(service, { key, signal }))?.info),
    list: (request) =>
      guard({ key: request.prefix, signal: request.signal }, () => listBlobs(service, request)),
    read: (key, request) => guard({ key, signal: request.signal }, () => readBlob(service, key, request)),
    put: (key, content, { signal } = {}) =>
      guard({ key, signal }, () => putBlob(service, { key, signal }, content)),
    copy: (source, destination, { signal } = {}) =>
      guard({ key: source, signal }, () => copyBlob(service, { source, destination, signal })),
    delete: (keys, { signal } = {}) =>
      guard({ key: keys[0] ?? '', signal }, () => deleteBlobs(service, keys, signal)),
    redirect: (key, request) => guard({ key, signal: request.signal }, () => redirect(key, request)),
    close: () => {
      connection.close();
      return Promise.resolve();
    },
  };
}
