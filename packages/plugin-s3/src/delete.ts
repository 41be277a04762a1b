import type { _Error } from '@aws-sdk/client-s3';
import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { StorageErrors, createRegulator } from '@outrigger/driver';
import type { SignalOption } from '@outrigger/object-store';
import type { Bucket } from './bucket.js';
import { run, sendOptions } from './bucket.js';
import { toStoreError } from './errors.js';
import { isBusy, isTransient, readFault } from './fault.js';
import { MAX_TRIES, pause } from './retry.js';

/** Requests at a time for a store without DeleteObjects. */
const SINGLES_AT_A_TIME = 16;

export type DeleteObjects = (keys: readonly string[], options?: SignalOption) => Promise<void>;

/** Deletes up to 1000 objects with one request, where the store has that. What could not be deleted is an error. */
export function createDelete(bucket: Bucket): DeleteObjects {
  let hasBatch = true;
  return async (keys, { signal } = {}) => {
    if (keys.length > 1 && hasBatch) hasBatch = await deleteBatch(bucket, keys, signal);
    if (keys.length > 1 && hasBatch) return;
    const regulator = createRegulator(SINGLES_AT_A_TIME);
    await Promise.all(keys.map((key) => regulator.run(() => deleteOne(bucket, key, signal))));
  };
}

async function deleteOne({ client, name }: Bucket, key: string, signal?: AbortSignal): Promise<void> {
  await run({ permission: 'DeleteObject', key, signal }, async () => {
    try {
      await client.send(new DeleteObjectCommand({ Bucket: name, Key: key }), sendOptions(signal));
    } catch (error) {
      if (readFault(error).code !== 'NoSuchKey') throw error;
    }
  });
}

/** False: the store has no such request. */
async function deleteBatch(
  { client, name }: Bucket,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let left = keys;
  for (let tries = 1; ; tries++) {
    const objects = left.map((Key) => ({ Key }));
    const command = new DeleteObjectsCommand({ Bucket: name, Delete: { Objects: objects, Quiet: true } });
    const failed = await run({ permission: 'DeleteObject', signal }, async () => {
      try {
        const { Errors = [] } = await client.send(command, sendOptions(signal));
        return Errors.filter(({ Code }) => Code !== 'NoSuchKey');
      } catch (error) {
        const { status, code } = readFault(error);
        if (status === 501 || status === 405 || code === 'NotImplemented') return undefined;
        throw error;
      }
    });
    if (failed === undefined) return false;
    if (failed.length === 0) return true;
    const errors = failed.map(toError);
    if (tries >= MAX_TRIES || !errors.every((error) => isBusy(error) || isTransient(error)))
      throw toErrors(errors);
    await pause(tries, signal);
    left = failed.flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
  }
}

/** The error of one key, as it would be if its request had failed. */
function toError({ Code = 'InternalError', Message = '', Key = '' }: _Error): Error {
  return Object.assign(new Error(`${Key}: ${Message}`), {
    name: Code,
    $metadata: Code === 'AccessDenied' ? { httpStatusCode: 403 } : {},
  });
}

function toErrors(errors: readonly Error[]): StorageErrors {
  const [first = new Error('unknown'), ...rest] = errors;
  const action = { permission: 'DeleteObject' };
  return new StorageErrors(toStoreError(first, action), ...rest.map((error) => toStoreError(error, action)));
}
