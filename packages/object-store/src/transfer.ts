import type { CopyOptions, ObjectStore } from './object-store.js';

/**
 * Brings an object to another key: by a move where the store has one, otherwise by a copy, which leaves the source for the caller to
 * delete. False: the source is not there.
 */
export function transfer(
  store: ObjectStore,
  from: string,
  to: string,
  options: CopyOptions = {},
): Promise<boolean> {
  return store.move === undefined ? store.copy(from, to, options) : store.move(from, to, options);
}
