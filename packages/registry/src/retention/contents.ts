import type { CallOptions } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import { UnreadableManifestError, readReferences } from '../gc/references.js';
import { inParallel } from '../layout/in-parallel.js';
import type { RetentionSource } from '../layout/retention-source.js';
import type { Digest } from '../reference/digest.js';
import { isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';

/** What a repository holds, as far as retention is about it. */
export interface RetainedContents {
  readonly name: string;
  readonly tags: readonly TagContents[];
  /** By digest. Empty when nobody asked. */
  readonly manifests: ReadonlyMap<string, ManifestContents>;
  /** Manifests of which nobody can tell what they name. */
  readonly unreadable: readonly string[];
}

export interface TagContents {
  readonly tag: string;
  readonly digest: Digest;
  /** Milliseconds since 1970, by the store's clock; undefined when it is not known. */
  readonly pushed: number | undefined;
}

/** What a manifest leads to, as digests in text form. */
export interface ManifestContents {
  readonly digest: Digest;
  readonly children: readonly string[];
  readonly subject: string | undefined;
}

export interface ReadingOptions extends CallOptions {
  readonly source: RetentionSource;
  readonly withManifests: boolean;
  /** From an earlier reading: a manifest never changes, so it is read once. */
  readonly known?: ReadonlyMap<string, ManifestContents> | undefined;
}

/** @throws StorageError */
export async function readContents(
  store: Store,
  name: string,
  { source, withManifests, known, signal }: ReadingOptions,
): Promise<RetainedContents> {
  // Tags first: a manifest that is pushed and tagged in between is then young, and not untagged.
  const tags = await readTags(store, source, name, signal);
  if (!withManifests) return { name, tags, manifests: new Map(), unreadable: [] };
  const digests = await store.layout.manifests.list(name);
  const read = await inParallel(digests, signal, (digest) =>
    Promise.resolve(known?.get(digest.text) ?? readManifest(store, source, name, digest, signal)),
  );
  const unreadable = digests.filter((_, index) => read[index] === 'unreadable').map(({ text }) => text);
  const manifests = new Map(
    read.filter((each) => typeof each === 'object').map((each) => [each.digest.text, each] as const),
  );
  return { name, tags, manifests, unreadable };
}

async function readTags(
  store: Store,
  source: RetentionSource,
  name: string,
  signal: AbortSignal | undefined,
): Promise<TagContents[]> {
  const names = await listNames(store, name, signal);
  const found = await inParallel(names, signal, async (tag) => {
    const [digest, pushed] = await Promise.all([
      store.layout.tags.resolve(name, tag, { signal }),
      source.tagPushed(name, tag, { signal }),
    ]);
    // What names nothing is no tag.
    return digest && { tag, digest, pushed: pushed?.getTime() };
  });
  return found.filter((each) => each !== undefined);
}

/** One that has ended meanwhile has none. */
async function listNames(
  store: Store,
  name: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  try {
    return (await store.layout.tags.list(name, { limit: Infinity, signal })).tags;
  } catch (error) {
    if (isRegistryError(error, 'NAME_UNKNOWN')) return [];
    throw error;
  }
}

async function readManifest(
  store: Store,
  source: RetentionSource,
  name: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<ManifestContents | 'unreadable' | undefined> {
  const own = await readAt(store, name, { digest, target: digest }, signal);
  if (own !== undefined) return own;
  const target = await source.manifestTarget(name, digest, { signal });
  if (target === undefined) return undefined;
  return (
    (target.text === digest.text ? undefined : await readAt(store, name, { digest, target }, signal)) ??
    'unreadable'
  );
}

/**
 * Not through the cache: what is read once for all would push out what is read often.
 *
 * @param target - the content that the manifest is
 */
async function readAt(
  { driver, layout }: Store,
  name: string,
  { digest, target }: { readonly digest: Digest; readonly target: Digest },
  signal: AbortSignal | undefined,
): Promise<ManifestContents | undefined> {
  try {
    const { manifests: children, subject } = readReferences(
      target,
      await driver.get(layout.contentPath(name, target), { signal }),
    );
    return { digest, children, subject };
  } catch (error) {
    if (error instanceof UnreadableManifestError || isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}
