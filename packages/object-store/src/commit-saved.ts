import { isStorageError } from '@outrigger/driver';
import { type Multipart, type Part, sizeOfParts } from './multipart-store.js';
import type { ObjectStore } from './object-store.js';
import { placeObject } from './place-object.js';
import { type TailObject, type UploadState, tailGone } from './upload-state.js';

/**
 * Makes a closed upload, to which nothing was added since, an object out of what the store has already; answers whether it did:
 * otherwise its tail has to be read. May be repeated.
 *
 * @param destination - key of the object
 */
export type CommitSaved = (state: UploadState, destination: string) => Promise<boolean>;

export function createSavedCommit(store: ObjectStore): CommitSaved {
  let last: Part | undefined;
  return async (state, destination) => {
    const { key, id, parts, tail } = state;
    if (id === undefined) {
      if (tail === undefined) return false;
      if (!(await store.copy(tail.key, destination, { size: tail.size }))) throw tailGone();
      return true;
    }
    if (sizeOfParts(parts) < state.size) {
      // Once: a commit that failed may be done, and then takes no part any more.
      last ??= tail && (await copyTail(store, { key, id }, parts.length + 1, tail));
      if (last === undefined) return false;
    }
    await store.multipart.complete({ key, id }, last === undefined ? parts : [...parts, last]);
    await placeObject(store, key, destination, state.size);
    return true;
  };
}

/** Undefined: the store cannot. */
async function copyTail(
  { multipart }: ObjectStore,
  upload: Multipart,
  number: number,
  tail: TailObject,
): Promise<Part | undefined> {
  if (multipart.copyPart === undefined) return undefined;
  try {
    const tag = await multipart.copyPart(upload, number, tail);
    if (tag === undefined) throw tailGone();
    return { number, size: tail.size, tag };
  } catch (error) {
    if (isStorageError(error, 'UNSUPPORTED')) return undefined;
    throw error;
  }
}
