import { StorageError } from '@outrigger/driver';
import type { SignalOption } from '@outrigger/object-store';
import type { Store } from '../store/context.js';
import { describe } from '../store/describe.js';
import { PLAIN_TYPE } from './content-type.js';
import { setPrefix } from './segment-set.js';

/** The first record of a set: where its content was begun, and when. */
export interface Origin {
  readonly key: string;
  readonly began: Date;
  /** By the clock of Swift. */
  readonly ageMs: number;
}

/**
 * Which keys may have a manifest over a set: records `owner-<n>`, from 0, each with one key. A record is written before its manifest and
 * never changes, so that who deletes one manifest finds all that stand on the same segments, also after a move that was cut off in its
 * middle: names are asked for one by one, since a listing may be late.
 */
export async function beginSet(
  store: Store,
  set: string,
  key: string,
  options: SignalOption = {},
): Promise<void> {
  await writeOwner(store, set, 0, key, options);
}

/** Adds a key to a set that is locked. */
export async function addOwner(
  store: Store,
  set: string,
  key: string,
  options: SignalOption = {},
): Promise<void> {
  // Another process may add at the same time. Swift looks first and writes then, so what is read behind it decides.
  for (let n = await countOwners(store, set, options); ; n++) {
    await writeOwner(store, set, n, key, options);
    if ((await readOwner(store, set, n, options.signal))?.key === key) return;
  }
}

/** Undefined: nothing is known of the set. */
export async function originOf(
  store: Store,
  set: string,
  { signal }: SignalOption = {},
): Promise<Origin | undefined> {
  return readOwner(store, set, 0, signal);
}

/**
 * Whether a manifest stands on the set. A record that was added meanwhile is read too: a move writes it before it deletes the manifest
 * that it leaves.
 */
export async function isOwned(store: Store, set: string, { signal }: SignalOption = {}): Promise<boolean> {
  for (let n = 0; ; n++) {
    const owner = await readOwner(store, set, n, signal);
    // Without any record it is not known to be free.
    if (owner === undefined) return n === 0;
    const form = (await describe(store, owner.key, { signal }))?.form;
    if (form?.kind === 'own' && form.set === set) return true;
  }
}

/** The names of all records. */
export async function ownerNames(store: Store, set: string, options: SignalOption = {}): Promise<string[]> {
  const count = await countOwners(store, set, options);
  return Array.from({ length: count }, (_, n) => nameOf(store, set, n));
}

export function isOwnerName(name: string): boolean {
  return /\/owner-\d{6}$/.test(name);
}

async function writeOwner(
  store: Store,
  set: string,
  n: number,
  key: string,
  { signal }: SignalOption,
): Promise<void> {
  await store.client.touch({
    method: 'PUT',
    path: pathOf(store, set, n),
    headers: { 'if-none-match': '*', 'content-type': PLAIN_TYPE },
    body: key,
    accept: [412],
    signal,
  });
}

async function countOwners(store: Store, set: string, { signal }: SignalOption): Promise<number> {
  for (let n = 0; ; n++) {
    const { status } = await store.client.touch({
      method: 'HEAD',
      path: pathOf(store, set, n),
      headers: { 'x-newest': 'true' },
      accept: [404],
      signal,
    });
    if (status === 404) return n;
  }
}

async function readOwner(
  store: Store,
  set: string,
  n: number,
  signal: AbortSignal | undefined,
): Promise<Origin | undefined> {
  const request = {
    method: 'GET',
    path: pathOf(store, set, n),
    headers: { 'x-newest': 'true' },
    accept: [404],
    signal,
  } as const;
  const { answer, text } = await store.client.read(request, async (got) => ({
    answer: got,
    text: await got.text(),
  }));
  if (answer.status === 404) return undefined;
  if (text === '') throw new StorageError('INTERNAL', 'a record of the owner of segments is empty');
  const began = new Date(answer.header('last-modified') ?? Date.now());
  const now = Date.parse(answer.header('date') ?? '') || Date.now();
  return { key: text, began, ageMs: now - began.getTime() };
}

function nameOf({ layout }: Store, set: string, n: number): string {
  return `${setPrefix(layout, set)}owner-${String(n).padStart(6, '0')}`;
}

function pathOf(store: Store, set: string, n: number): string {
  return store.layout.pathOf(nameOf(store, set, n));
}
