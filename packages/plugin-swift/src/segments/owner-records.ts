import { createHash } from 'node:crypto';
import { StorageError } from '@outrigger/driver';
import type { SignalOption } from '@outrigger/object-store';
import type { Store } from '../store/context.js';
import { fetchListing } from '../store/list.js';
import { newestOf } from '../store/newest.js';
import { PLAIN_TYPE } from './content-type.js';
import { setPrefix } from './segment-set.js';

/** Says that a key may have a manifest over a set. */
export interface OwnerRecord {
  readonly key: string;
  readonly written: Date;
  /** By the clock of Swift. */
  readonly ageMs: number;
}

/** Whether a name is one of a record. */
export function isRecordName(name: string): boolean {
  return /\/owner-(?:\d{6}|[0-9a-f]{32})$/.test(name);
}

export function isNumbered(name: string): boolean {
  return /\/owner-\d{6}$/.test(name);
}

/** Those that the listing knows. */
export async function listRecords(store: Store, set: string, { signal }: SignalOption): Promise<string[]> {
  const prefix = `${setPrefix(store.layout, set)}owner-`;
  const names: string[] = [];
  let startAfter: string | undefined;
  do {
    const page = await fetchListing(store, { prefix, isShallow: false, startAfter, limit: 1000, signal });
    names.push(...page.objects.map(({ name }) => name).filter(isRecordName));
    startAfter = page.next;
  } while (startAfter !== undefined);
  return names;
}

/** One that is there stays: it is somebody else's, or says the same. */
export async function writeRecord(
  store: Store,
  name: string,
  key: string,
  { signal }: SignalOption,
): Promise<void> {
  await store.client.touch({
    method: 'PUT',
    path: store.layout.pathOf(name),
    headers: { 'if-none-match': '*', 'content-type': PLAIN_TYPE },
    body: key,
    accept: [412],
    signal,
  });
}

/** Undefined: there is none. */
export async function readRecord(
  store: Store,
  name: string,
  { signal }: SignalOption,
): Promise<OwnerRecord | undefined> {
  const request = newestOf(store, 'GET', name, { signal });
  const { answer, text } = await store.client.read(request, async (got) => ({
    answer: got,
    text: await got.text(),
  }));
  if (answer.status === 404) return undefined;
  if (text === '') throw new StorageError('INTERNAL', 'a record of the owner of segments is empty');
  const written = new Date(answer.header('last-modified') ?? Date.now());
  const now = Date.parse(answer.header('date') ?? '') || Date.now();
  return { key: text, written, ageMs: now - written.getTime() };
}

export function numberedName({ layout }: Store, set: string, n: number): string {
  return `${setPrefix(layout, set)}owner-${String(n).padStart(6, '0')}`;
}

export function keyedName({ layout }: Store, set: string, key: string): string {
  return `${setPrefix(layout, set)}owner-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

export async function isRecord(store: Store, name: string, { signal }: SignalOption): Promise<boolean> {
  const { status } = await store.client.touch(newestOf(store, 'HEAD', name, { signal }));
  return status !== 404;
}
