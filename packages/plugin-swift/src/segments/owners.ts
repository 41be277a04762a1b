import type { SignalOption } from '@outrigger/object-store';
import type { Store } from '../store/context.js';
import { describe } from '../store/describe.js';
import type { OwnerRecord } from './owner-records.js';
import {
  isNumbered,
  isRecord,
  keyedName,
  listRecords,
  numberedName,
  readRecord,
  writeRecord,
} from './owner-records.js';

/**
 * Which keys may have a manifest over a set: records `owner-<n>`, from 0, each with one key. A record is written before its manifest, so that
 * who deletes one manifest finds all that stand on the same segments, also after a move that was cut off in its
 * middle: names are asked for one by one, since a listing may be late. Two processes that add one at the same moment can have the same
 * number, and the later one stays: Swift looks first whether a name is there, and writes then. So each key that is added has a record of its own
 * name too, by the digest of the key, which no other key overwrites. It is found by listings, which know it long before anybody deletes
 * what was moved in that moment.
 */
export async function beginSet(
  store: Store,
  set: string,
  key: string,
  options: SignalOption = {},
): Promise<void> {
  await writeRecord(store, numberedName(store, set, 0), key, options);
}

/** Adds a key to a set that is locked in this process. */
export async function addOwner(
  store: Store,
  set: string,
  key: string,
  options: SignalOption = {},
): Promise<void> {
  await writeRecord(store, keyedName(store, set, key), key, options);
  // Another process may add at the same time.
  for (let n = 1; ; n++) {
    const name = numberedName(store, set, n);
    if (await isRecord(store, name, options)) continue;
    await writeRecord(store, name, key, options);
    if ((await readRecord(store, name, options))?.key === key) return;
  }
}

/** Where the content of a set was begun, and when. Undefined: nothing is known of it. */
export async function originOf(
  store: Store,
  set: string,
  options: SignalOption = {},
): Promise<OwnerRecord | undefined> {
  return readRecord(store, numberedName(store, set, 0), options);
}

/**
 * Whether a manifest stands on the set. A record that was added meanwhile is read too: a move writes it before it deletes the manifest
 * that it leaves.
 */
export async function isOwned(store: Store, set: string, options: SignalOption = {}): Promise<boolean> {
  const known = new Set<string>();
  for (let n = 0; ; n++) {
    const owner = await readRecord(store, numberedName(store, set, n), options);
    // Without any record it is not known to be free.
    if (owner === undefined && n === 0) return true;
    if (owner === undefined) break;
    known.add(keyedName(store, set, owner.key));
    if (await standsOn(store, set, owner.key, options)) return true;
  }
  for (const name of await listRecords(store, set, options)) {
    if (known.has(name) || isNumbered(name)) continue;
    const owner = await readRecord(store, name, options);
    if (owner !== undefined && (await standsOn(store, set, owner.key, options))) return true;
  }
  return false;
}

/** The names of all records. */
export async function recordNames(store: Store, set: string, options: SignalOption = {}): Promise<string[]> {
  const names = new Set(await listRecords(store, set, options));
  for (let n = 0; ; n++) {
    const name = numberedName(store, set, n);
    const owner = await readRecord(store, name, options);
    if (owner === undefined) return [...names];
    names.add(name);
    if (n > 0) names.add(keyedName(store, set, owner.key));
  }
}

async function standsOn(store: Store, set: string, key: string, options: SignalOption): Promise<boolean> {
  const form = (await describe(store, key, options))?.form;
  return form?.kind === 'own' && form.set === set;
}
