import type { CallOptions, Regulator } from '@outrigger/driver';
import { MAX_PUT_SIZE } from '@outrigger/driver';
import type { References } from '../../gc/references.js';
import { UnreadableManifestError, readReferences } from '../../gc/references.js';
import type { RepositoryContents, Revision } from '../../gc/repository-contents.js';
import type { JsonObject } from '../../manifests/descriptor.js';
import { manifestKind } from '../../manifests/media-types.js';
import type { Digest } from '../../reference/digest.js';
import { tryParseDigest } from '../../reference/digest.js';
import { orAbsent } from '../or-absent.js';
import type { OciStore } from './oci-store.js';
import { blobFile } from './paths.js';
import { childrenOf } from './reachable.js';

/** How the layouts are read. */
export interface LayoutReading extends CallOptions {
  readonly regulator: Regulator;
  /** What manifests name, by their digests. */
  readonly known: Map<string, References>;
}

/** What a layout holds, and what its index.json lists itself. */
export interface LayoutContents extends RepositoryContents {
  readonly listed: ReadonlySet<string>;
}

/**
 * Reads all manifests of a layout: those that index.json lists, and those that they lead to. What is missing keeps nothing alive; its own name
 * stays.
 *
 * @throws UnreadableManifestError, StorageError: what the layout keeps alive is then unknown
 */
export async function readLayout(
  store: OciStore,
  reading: LayoutReading,
  name: string,
): Promise<LayoutContents> {
  const { entries } = await store.indexes.readNow(name);
  const revisions = new Map<string, Revision>();
  const seen = new Set<string>();
  let next = entries.map(({ fields }) => toCandidate(fields)).filter((each) => each !== undefined);
  while (next.length > 0) {
    const fresh = next.filter(({ digest: { text } }) => !seen.has(text) && seen.add(text));
    const read = await Promise.all(fresh.map((each) => readCandidate(store, reading, name, each)));
    const found = read.filter((each) => each !== undefined);
    for (const { revision } of found) revisions.set(revision.digest.text, revision);
    next = found.flatMap(({ children }) => children);
  }
  const named = entries.filter(({ ref }) => ref !== undefined);
  return { name, revisions, listed: digestsOf(entries), tagged: digestsOf(named) };
}

/** What may be a manifest. */
interface Candidate {
  readonly digest: Digest;
  /** Whether its media type says that it is one: then it has to be readable as one. */
  readonly isManifest: boolean;
}

/** Undefined for what nothing can be read of: a list may hold anything. */
function toCandidate({ digest: text, mediaType, size }: JsonObject): Candidate | undefined {
  const digest = typeof text === 'string' ? tryParseDigest(text) : undefined;
  if (digest === undefined || (typeof size === 'number' && size > MAX_PUT_SIZE)) return undefined;
  return { digest, isManifest: typeof mediaType === 'string' && manifestKind(mediaType) !== undefined };
}

/** Children that are no manifests are layers, which some build caches list. */
function manifestsAmong(content: Uint8Array): Candidate[] {
  return childrenOf(Buffer.from(content))
    .map(toCandidate)
    .filter((each): each is Candidate => each?.isManifest === true);
}

function digestsOf(entries: readonly { readonly digest: Digest | undefined }[]): Set<string> {
  return new Set(entries.flatMap(({ digest }) => (digest === undefined ? [] : [digest.text])));
}

interface Found {
  readonly revision: Revision;
  readonly children: readonly Candidate[];
}

/** Of references that are remembered from an earlier survey. */
const childrenOfReferences = new WeakMap<References, readonly Candidate[]>();

/** Undefined for content that is absent, or that is not said to be a manifest and is none. */
async function readCandidate(
  { driver }: OciStore,
  { regulator, known, signal }: LayoutReading,
  name: string,
  { digest, isManifest }: Candidate,
): Promise<Found | undefined> {
  const toFound = (references: References): Found => ({
    revision: { digest, references, targets: [] },
    children: childrenOfReferences.get(references) ?? [],
  });
  const before = known.get(digest.text);
  if (before !== undefined) return toFound(before);
  const content = await regulator.run(() => orAbsent(driver.get(blobFile(name, digest), { signal })), signal);
  if (content === undefined) return undefined;
  try {
    const references = readReferences(digest, content);
    childrenOfReferences.set(references, manifestsAmong(content));
    known.set(digest.text, references);
    return toFound(references);
  } catch (error) {
    if (!isManifest && error instanceof UnreadableManifestError) return undefined;
    throw error;
  }
}
