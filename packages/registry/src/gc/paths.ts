import { GARBAGE } from '../layout/paths.js';
import type { GarbageKey } from './keys.js';
import { keyHash } from './keys.js';

/*
 *   _outrigger/gc
 *   ├── lease                        who sweeps
 *   ├── clock                        written to learn the store's time
 *   ├── state                        which batch there is, and what is being done with it
 *   └── batches/<batch>
 *       ├── condemned/<page>         keys that nothing leads to
 *       ├── doomed/<page>            keys that are deleted while the state says so
 *       └── rescued/<hash of a key>  somebody relies on it again
 */

export const LEASE = `${GARBAGE}/lease`;
export const CLOCK = `${GARBAGE}/clock`;
export const STATE = `${GARBAGE}/state`;
export const BATCHES = `${GARBAGE}/batches`;

export function batchDirectory(batch: string): string {
  return `${BATCHES}/${batch}`;
}

export function keyPage(batch: string, kind: 'condemned' | 'doomed', page: number): string {
  return `${batchDirectory(batch)}/${kind}/${String(page)}`;
}

export function rescuedDirectory(batch: string): string {
  return `${batchDirectory(batch)}/rescued`;
}

export function rescue(batch: string, key: GarbageKey): string {
  return `${rescuedDirectory(batch)}/${keyHash(key)}`;
}
