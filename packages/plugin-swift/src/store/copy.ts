import type { SignalOption } from '@outrigger/object-store';
import { createRegulator, unsupported } from '@outrigger/driver';
import { RequestFailure } from '../http/failure.js';
import { dynamicSegments } from '../segments/dynamic.js';
import { type Manifest, type Segment, getManifest, putManifest } from '../segments/manifest.js';
import { addOwner, beginSet } from '../segments/owners.js';
import { newSegment, newSet } from '../segments/segment-set.js';
import { escapeName } from '../layout.js';
import type { Store } from './context.js';
import { deleteNames } from './delete-names.js';
import { deleteObjects, remainsOf } from './delete.js';
import { type Description, describe } from './describe.js';

/** Swift copies no object above it, and puts a large one that it copies as a whole into one object. */
const MAX_OBJECT = 5 * 1024 ** 3;
/** Segments that are copied at a time. */
const COPIES = 4;

/** Copies on the server's side: each segment too, so that no two objects share any. */
export async function copy(
  store: Store,
  source: string,
  destination: string,
  options: SignalOption = {},
): Promise<boolean> {
  const [found, former] = await describeBoth(store, source, destination, options);
  return found !== undefined && copyFound(store, found, former, destination, options);
}

async function copyFound(
  store: Store,
  found: Description,
  former: Description | undefined,
  destination: string,
  options: SignalOption,
): Promise<boolean> {
  const remains = former && (await remainsOf(store, former, options));
  const segments = await segmentsOf(store, found, options);
  if (segments === undefined) {
    if (!(await copyWhole(store, found.info.key, destination, options))) return false;
  } else {
    const set = newSet();
    await beginSet(store, set, destination, options);
    await putManifest(store, destination, set, await copySegments(store, segments, set, options), options);
  }
  await remains?.release();
  return true;
}

/**
 * A large object of ours moves by a second manifest over its segments, and the first is deleted behind it, without them: no byte is
 * copied. Everything else is a copy and a delete.
 */
export async function move(
  store: Store,
  source: string,
  destination: string,
  options: SignalOption = {},
): Promise<boolean> {
  const [found, former] = await describeBoth(store, source, destination, options);
  if (found === undefined) return false;
  if (found.form.kind !== 'own') {
    if (!(await copyFound(store, found, former, destination, options))) return false;
    const isPlain = found.form.kind === 'plain';
    await (isPlain ? deleteNames(store, [source], options) : deleteObjects(store, [source], options));
    return true;
  }
  const { set } = found.form;
  const remains = former && (await remainsOf(store, former, options));
  if (!(await store.setLocks.run(set, () => moveManifest(store, set, source, destination, options))))
    return false;
  await remains?.release();
  return true;
}

function describeBoth(
  store: Store,
  source: string,
  destination: string,
  options: SignalOption,
): Promise<[Description | undefined, Description | undefined]> {
  return Promise.all([describe(store, source, options), describe(store, destination, options)]);
}

async function moveManifest(
  store: Store,
  set: string,
  source: string,
  destination: string,
  options: SignalOption,
): Promise<boolean> {
  const { client, layout } = store;
  const manifest = await getManifest(store, source, options);
  if (manifest === undefined) return false;
  if (manifest.set !== set)
    throw new RequestFailure('the content was replaced meanwhile', { isTransient: true });
  await addOwner(store, set, destination, options);
  await putManifest(store, destination, set, manifest.segments, options);
  await client.touch({
    method: 'DELETE',
    path: layout.pathOf(source),
    accept: [404],
    signal: options.signal,
  });
  return true;
}

/** Undefined: what is there is copied as a whole. */
async function segmentsOf(
  store: Store,
  { info, form }: Description,
  options: SignalOption,
): Promise<readonly Segment[] | undefined> {
  if (form.kind === 'plain') return undefined;
  if (form.kind === 'dynamic') {
    const listed = await dynamicSegments(store, form, options);
    const segments = listed.map(({ name, bytes }) => ({
      path: `/${form.container}/${name}`,
      size: bytes,
      etag: null,
    }));
    if (segments.reduce((sum, { size }) => sum + size, 0) !== info.size)
      throw new RequestFailure('the segments of the content are not listed yet', { isTransient: true });
    return segments.length === 0 ? undefined : segments;
  }
  const manifest: Manifest | undefined = await getManifest(store, info.key, options);
  if (manifest?.isForeign === false) return manifest.segments;
  if (info.size <= MAX_OBJECT) return undefined;
  throw unsupported(
    'copying a static large object above 5 GiB that has ranges or bytes in its manifest',
    info.key,
  );
}

async function copySegments(
  store: Store,
  segments: readonly Segment[],
  set: string,
  { signal }: SignalOption,
): Promise<Segment[]> {
  const { client, layout } = store;
  const regulator = createRegulator(COPIES);
  const copyOne = async ({ path, size, etag }: Segment, index: number): Promise<Segment> => {
    const { name } = newSegment(layout, set, index + 1);
    const answer = await client.touch({
      method: 'PUT',
      path: layout.pathOf(name),
      headers: { 'x-copy-from': escapeName(path), 'content-length': '0' },
      signal,
    });
    const md5 = answer.header('etag')?.replaceAll('"', '') ?? null;
    if (etag !== null && md5 !== null && md5 !== etag)
      throw new RequestFailure('a segment was copied wrongly', { isTransient: true });
    return { path: `/${layout.container}/${name}`, size, etag: md5 ?? etag };
  };
  return Promise.all(segments.map((segment, index) => regulator.run(() => copyOne(segment, index), signal)));
}

async function copyWhole(
  { client, layout }: Store,
  source: string,
  destination: string,
  { signal }: SignalOption,
): Promise<boolean> {
  const { status } = await client.touch({
    method: 'PUT',
    path: layout.pathOf(destination),
    headers: { 'x-copy-from': `${layout.containerPath}/${escapeName(source)}`, 'content-length': '0' },
    accept: [404],
    signal,
  });
  return status !== 404;
}
