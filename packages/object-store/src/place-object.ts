import { StorageError } from '@outrigger/driver';
import type { ObjectStore } from './object-store.js';
import type { SignalOption } from './signal-option.js';
import { transfer } from './transfer.js';

/**
 * Brings committed content from the key of its upload to another one. What it leaves behind, whoever ends the upload deletes.
 *
 * @throws StorageError UNAVAILABLE when somebody took it away meanwhile
 */
export async function placeObject(
  store: ObjectStore,
  from: string,
  to: string,
  size: number,
  { signal }: SignalOption = {},
): Promise<void> {
  if (from === to) return;
  if (!(await transfer(store, from, to, { signal, size })))
    throw new StorageError('UNAVAILABLE', 'what was committed is gone');
}
