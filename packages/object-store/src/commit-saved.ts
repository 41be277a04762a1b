import type { Multipart, Part } from './multipart-store.js';
import type { ObjectStore } from './object-store.js';
import { placeObject } from './place-object.js';
import { type UploadState, invalidState } from './upload-state.js';

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
      if (!(await store.copy(tail.key, destination, { size: tail.size }))) throw invalidState();
      return true;
    }
    const inParts = parts.reduce((sum, { size }) => sum + size, 0);
    if (inParts < state.size && (tail === undefined || store.multipart.copyPart === undefined)) return false;
    // Once: a commit that failed may be done, and then takes no part any more.
    last ??= await copyTail(store, { key, id }, state);
    await store.multipart.complete({ key, id }, last === undefined ? parts : [...parts, last]);
    await placeObject(store, key, destination, state.size);
    return true;
  };
}

async function copyTail(
  { multipart }: ObjectStore,
  upload: Multipart,
  { parts, tail }: UploadState,
): Promise<Part | undefined> {
  if (tail === undefined) return undefined;
  const number = parts.length + 1;
  const tag = await multipart.copyPart?.(upload, number, tail);
  if (tag === undefined) throw invalidState();
  return { number, size: tail.size, tag };
}
