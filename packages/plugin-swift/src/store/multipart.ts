import type { Multipart, MultipartStore, Part, SignalOption } from '@outrigger/object-store';
import { unexpected } from '../errors.js';
import { putManifest } from '../segments/manifest.js';
import { beginSet, isOwned, originOf, recordNames } from '../segments/owners.js';
import { listSegments } from '../segments/release.js';
import { newSegment, newSet, setPrefix } from '../segments/segment-set.js';
import type { Store } from './context.js';
import { deleteNames } from './delete-names.js';
import { remainsOf } from './delete.js';
import { describe } from './describe.js';
import { fetchListing } from './list.js';
import { putObject } from './put.js';

/** Parts of one upload that may be on their way. */
const PARTS = 4;
/** Sets that one search looks at; the next one goes on behind them. */
const MAX_LOOKS = 1000;
/** How long after its begin an upload that was aborted may still get segments, or have some that no listing knows. */
const SETTLING_MS = 3_600_000;

/** Parts are segments, and the object is a static large object over them. */
export function createMultipart(store: Store, partSize: number): MultipartStore {
  let position: string | undefined;
  return {
    partSize,
    concurrency: PARTS,
    async begin(key, _expectedSize, options) {
      const id = newSet();
      await beginSet(store, id, key, options);
      return { key, id };
    },
    async uploadPart({ id }, number, content, options) {
      const { name, label } = newSegment(store.layout, id, number);
      return `${await putObject(store, name, content, options)}.${label}`;
    },
    complete: (upload, parts, options) => complete(store, upload, parts, options),
    abort: (upload, options) => abort(store, upload, options),
    async *findAbandoned(prefix, before, options) {
      const sets = await nextSets(store, position, options);
      position = sets.next;
      for (const set of sets.sets) {
        const origin = await originOf(store, set, options);
        if (origin === undefined || origin.written >= before || !origin.key.startsWith(prefix)) continue;
        if (!(await isOwned(store, set, options))) yield { key: origin.key, id: set };
      }
    },
  };
}

async function complete(
  store: Store,
  { key, id }: Multipart,
  parts: readonly Part[],
  options: SignalOption = {},
): Promise<void> {
  const former = await describe(store, key, options);
  const isRepeated = former?.form.kind === 'own' && former.form.set === id;
  const remains = former === undefined || isRepeated ? undefined : await remainsOf(store, former, options);
  const segments = parts.map(({ tag, size }) => {
    const [, etag, label] = /^([0-9a-f]{32})\.(\d{8}-[0-9a-f]{16})$/.exec(tag) ?? [];
    if (etag === undefined || label === undefined) throw unexpected('a part has a tag that is none', key);
    return { path: `/${store.layout.container}/${setPrefix(store.layout, id)}${label}`, size, etag };
  });
  await putManifest(store, key, id, segments, options);
  await remains?.release();
}

/** Segments that came under a number that was sent again are found with the others. */
async function abort(store: Store, { id }: Multipart, options: SignalOption = {}): Promise<void> {
  const origin = await originOf(store, id, options);
  if (origin === undefined || (await isOwned(store, id, options))) return;
  const segments = await listSegments(store, id, options);
  await deleteNames(store, segments, options);
  // Until then the record lets us find what a late listing did not know.
  if (origin.ageMs < SETTLING_MS && segments.length > 0) return;
  await deleteNames(store, await recordNames(store, id, options), options);
}

/** In the order of their names, from the beginning again after the last. */
async function nextSets(
  store: Store,
  after: string | undefined,
  options: SignalOption = {},
): Promise<{ sets: readonly string[]; next: string | undefined }> {
  const prefix = store.layout.segments;
  const page = await fetchListing(store, {
    ...options,
    prefix,
    isShallow: true,
    startAfter: after,
    limit: MAX_LOOKS,
  });
  return { sets: page.prefixes.map((name) => name.slice(prefix.length, -1)), next: page.next };
}
