import type { BlobClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { AzureConfig } from './config.js';
import type { Connection } from './connection.js';
import { toStoreError } from './faults.js';
import type { Call, CallContext } from './retry.js';
import { createCall } from './retry.js';
import type { Signer } from './signer.js';

/** What every operation works with. */
export interface Service {
  readonly container: ContainerClient;
  readonly signer: Signer;
  /** A call with its tries. */
  readonly call: Call;
  /** Of a key, and back: Distribution before version 3 began every name with a slash. */
  readonly toName: (key: string) => string;
  readonly toKey: (name: string) => string;
  readonly blob: (key: string) => BlobClient;
  readonly blockBlob: (key: string) => BlockBlobClient;
}

export function createService(config: AzureConfig, { container, signer }: Connection): Service {
  const { namePrefix } = config;
  const toName = (key: string) => namePrefix + key;
  return {
    container,
    signer,
    call: createCall(config),
    toName,
    toKey: (name) => name.slice(namePrefix.length),
    blob: (key) => container.getBlobClient(toName(key)),
    blockBlob: (key) => container.getBlockBlobClient(toName(key)),
  };
}

/** Runs an operation: whatever it throws leaves as a StorageError. */
export async function guard<T>({ key, signal }: CallContext, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toStoreError(error, key, signal);
  }
}
