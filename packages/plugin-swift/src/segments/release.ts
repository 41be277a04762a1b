import type { SignalOption } from '@outrigger/object-store';
import type { Store } from '../store/context.js';
import { deleteNames } from '../store/delete-names.js';
import { fetchListing } from '../store/list.js';
import type { Manifest } from './manifest.js';
import { nameInContainer } from './manifest.js';
import { isRecordName } from './owner-records.js';
import { isOwned, recordNames } from './owners.js';
import { setPrefix } from './segment-set.js';

/**
 * Deletes the segments of a manifest that is gone, unless another one stands on them.
 *
 * @param manifest - what it said: a listing may not know all segments yet
 */
export async function releaseSet(
  store: Store,
  set: string,
  manifest: Manifest,
  options: SignalOption = {},
): Promise<void> {
  if (await isOwned(store, set, options)) return;
  const prefix = setPrefix(store.layout, set);
  const said = [...manifest.segments.map(({ path }) => path), ...manifest.groups]
    .flatMap((path) => nameInContainer(store, path) ?? [])
    .filter((name) => name.startsWith(prefix));
  const listed = await listSegments(store, set, options);
  await deleteNames(store, [...new Set([...said, ...listed])], options);
  // Last: as long as they are there, what is left of the set is found again.
  await deleteNames(store, await recordNames(store, set, options), options);
}

/** What the listing knows of a set, but for the records of its owners. */
export async function listSegments(store: Store, set: string, options: SignalOption = {}): Promise<string[]> {
  const names: string[] = [];
  const prefix = setPrefix(store.layout, set);
  let startAfter: string | undefined;
  do {
    const page = await fetchListing(store, { ...options, prefix, isShallow: false, startAfter, limit: 1000 });
    names.push(...page.objects.map(({ name }) => name).filter((name) => !isRecordName(name)));
    startAfter = page.next;
  } while (startAfter !== undefined);
  return names;
}
