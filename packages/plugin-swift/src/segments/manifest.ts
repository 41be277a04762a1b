import { StorageError } from '@outrigger/driver';
import type { SignalOption } from '@outrigger/object-store';
import { z } from 'zod';
import { unexpected } from '../errors.js';
import { RequestFailure } from '../http/failure.js';
import type { Store } from '../store/context.js';
import { SET_HEADER } from '../store/describe.js';
import { PLAIN_TYPE, typeOfSize } from './content-type.js';
import { askManifest, givesManifests, readCopy, writeCopy } from './manifest-text.js';
import { newGroup } from './segment-set.js';

/** A line of a manifest. */
export interface Segment {
  /** `/<container>/<name>`, not escaped. */
  readonly path: string;
  readonly size: number;
  /** MD5 of the bytes; null: whatever is there (a manifest below a manifest). */
  readonly etag: string | null;
}

/** What a manifest says, those below it taken in. */
export interface Manifest {
  /** Of ours that it stands on. */
  readonly set: string | undefined;
  /** That have bytes, in their order. */
  readonly segments: readonly Segment[];
  /** Paths of the manifests below it. */
  readonly groups: readonly string[];
  /** It has bytes in it, or ranges of segments, which we never write. */
  readonly isForeign: boolean;
}

/**
 * Writes a static large object. Swift checks that all segments are there, of these sizes and MD5s. More segments than one manifest
 * takes are put together in manifests below it.
 */
export async function putManifest(
  store: Store,
  key: string,
  set: string,
  segments: readonly Segment[],
  { signal }: SignalOption = {},
): Promise<void> {
  const lines = await group(store, set, segments, signal);
  const headers = { [SET_HEADER]: set, 'content-type': typeOfSize(sumOf(segments)) };
  await put(store, key, lines, headers, signal).catch((error: unknown) => {
    throw lines === segments ? error : withoutGroups(store, key, error);
  });
  if (!(await givesManifests(store, key, signal))) await writeCopy(store, set, asAnswered(lines), signal);
}

/** Undefined: nothing is there, or it is no static large object. */
export async function getManifest(
  store: Store,
  key: string,
  { signal }: SignalOption = {},
): Promise<Manifest | undefined> {
  const found = await askManifest(store, key, signal);
  const text = found.text ?? (found.set === undefined ? undefined : await readCopy(store, found.set, signal));
  return text === undefined
    ? undefined
    : { set: found.set, ...(await expand(store, parse(text, key), signal)) };
}

/** radosgw takes no manifest below another. */
function withoutGroups({ maxSegments }: Store, key: string, error: unknown): unknown {
  if (!(error instanceof RequestFailure) || error.status !== 400) return error;
  const message = `the server takes no content of more than ${String(maxSegments)} segments: it needs a greater chunksize`;
  return new StorageError('QUOTA_EXCEEDED', `${message}: ${key}`, { path: key, cause: error });
}

/** The name of a segment in the container, undefined for one elsewhere. */
export function nameInContainer({ layout }: Store, path: string): string | undefined {
  const prefix = `/${layout.container}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}

/** As GET answers it, not as PUT wants it. */
const manifestSchema = z.array(
  z.object({
    name: z.string().optional(),
    bytes: z.int().optional(),
    hash: z.string().nullish(),
    range: z.string().nullish(),
    sub_slo: z.boolean().optional(),
  }),
);

type Line = z.output<typeof manifestSchema>[number];

function parse(text: string, key: string): Line[] {
  const found = manifestSchema.safeParse(JSON.parse(text));
  if (!found.success) throw unexpected('Swift answers what is no manifest', key);
  return found.data;
}

async function expand(
  store: Store,
  lines: readonly Line[],
  signal: AbortSignal | undefined,
): Promise<Omit<Manifest, 'set'>> {
  const segments: Segment[] = [];
  const groups: string[] = [];
  let isForeign = false;
  for (const { name, bytes, hash, range, sub_slo: isGroup } of lines) {
    const inner = name === undefined ? undefined : nameInContainer(store, name);
    if (name === undefined || bytes === undefined || (range ?? '') !== '') isForeign = true;
    else if (isGroup !== true) segments.push({ path: name, size: bytes, etag: hash ?? null });
    else {
      const below = inner === undefined ? undefined : await getManifest(store, inner, { signal });
      if (below === undefined) throw unexpected('a manifest below a manifest is missing', name);
      segments.push(...below.segments);
      groups.push(name, ...below.groups);
      isForeign ||= below.isForeign;
    }
  }
  return { segments, groups, isForeign };
}

async function group(
  store: Store,
  set: string,
  segments: readonly Segment[],
  signal: AbortSignal | undefined,
): Promise<readonly Segment[]> {
  const { maxSegments, layout } = store;
  if (segments.length <= maxSegments) return segments;
  const groups: Segment[] = [];
  for (let begin = 0; begin < segments.length; begin += maxSegments) {
    const lines = segments.slice(begin, begin + maxSegments);
    const name = newGroup(layout, set);
    await put(store, name, lines, { 'content-type': PLAIN_TYPE }, signal);
    groups.push({ path: `/${layout.container}/${name}`, size: sumOf(lines), etag: null });
  }
  return group(store, set, groups, signal);
}

async function put(
  { client, layout }: Store,
  name: string,
  lines: readonly Segment[],
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const body = JSON.stringify(
    lines.map(({ path, size, etag }) => ({ path, size_bytes: size, ...(etag === null ? {} : { etag }) })),
  );
  const query = { 'multipart-manifest': 'put' };
  await client.touch({ method: 'PUT', path: layout.pathOf(name), query, headers, body, signal });
}

/** As GET of a manifest has it. */
function asAnswered(lines: readonly Segment[]): string {
  return JSON.stringify(lines.map(({ path, size, etag }) => ({ name: path, bytes: size, hash: etag })));
}

function sumOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { size }) => sum + size, 0);
}
