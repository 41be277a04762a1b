import type { CallOptions } from '@outrigger/driver';
import { readManifest } from '../manifests/manifest-content.js';
import { parseManifest } from '../manifests/parse-manifest.js';
import type { Digest } from '../reference/digest.js';
import { listReferrers } from '../referrers/list-referrers.js';
import { tryParseDigest } from '../reference/digest.js';
import { RegistryError, isRegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import { toMatcher } from '../access/glob.js';
import type { SourceRepository, TransferSource } from './source.js';
import { NONE } from './source.js';
import { allRepositories, storedRepository } from './store-source.js';

/** What to take of a store. */
export type Selection =
  | { readonly name: string; readonly tag: string }
  | { readonly name: string; readonly digest: Digest }
  /** As in the rules of access: `*` is anything without a slash, `**` anything. */
  | { readonly pattern: string };

/**
 * A part of a store. One image comes with what it names and with what refers to it, signatures and the like.
 *
 * @throws RegistryError MANIFEST_UNKNOWN, when it is gone through
 */
export function selectionSource(store: Store, selection: Selection): TransferSource {
  return {
    async *repositories(options) {
      if ('pattern' in selection) yield* matching(store, selection.pattern, options);
      else yield await selectOne(store, selection, options);
    },
  };
}

async function* matching(
  store: Store,
  pattern: string,
  options?: CallOptions,
): AsyncGenerator<SourceRepository> {
  const isWanted = toMatcher(pattern);
  for await (const name of allRepositories(store, options))
    if (isWanted(name)) yield exportable(storedRepository(store, name));
}

/** A layout has no place for blobs that nothing leads to. */
function exportable(repository: SourceRepository): SourceRepository {
  return { ...repository, blobs: () => NONE };
}

async function selectOne(
  store: Store,
  selection: Exclude<Selection, { pattern: string }>,
  options?: CallOptions,
): Promise<SourceRepository> {
  const { name } = selection;
  const digest =
    'tag' in selection ? await store.layout.tags.resolve(name, selection.tag, options) : selection.digest;
  if (digest === undefined || (await readManifest(store, name, digest, options)) === undefined)
    throw new RegistryError('MANIFEST_UNKNOWN', 'there is no such manifest in the store', selection);
  return {
    ...exportable(storedRepository(store, name)),
    manifests: (each) => withReferrers(store, name, digest, each),
    async *tags() {
      if ('tag' in selection) yield await Promise.resolve({ tag: selection.tag, digest });
    },
  };
}

/** A manifest, and what refers to it or to a part of it, and so on. */
async function* withReferrers(
  store: Store,
  name: string,
  root: Digest,
  options?: CallOptions,
): AsyncGenerator<Digest> {
  yield root;
  const seen = new Set<string>();
  const open = [root];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (seen.has(digest.text)) continue;
    seen.add(digest.text);
    options?.signal?.throwIfAborted();
    open.push(...(await childrenOf(store, name, digest, options)));
    for await (const referrer of allReferrers(store, name, digest)) {
      yield referrer;
      open.push(referrer);
    }
  }
}

async function childrenOf(
  store: Store,
  name: string,
  digest: Digest,
  options?: CallOptions,
): Promise<Digest[]> {
  const content = await readManifest(store, name, digest, options);
  try {
    return content === undefined
      ? []
      : parseManifest(content, undefined).manifests.map((each) => each.digest);
  } catch (error) {
    if (isRegistryError(error)) return [];
    throw error;
  }
}

async function* allReferrers(store: Store, name: string, subject: Digest): AsyncGenerator<Digest> {
  let last: string | undefined;
  do {
    const { descriptors, next } = await listReferrers(store, name, subject, { last });
    for (const { digest } of descriptors) {
      const parsed = tryParseDigest(digest);
      if (parsed !== undefined) yield parsed;
    }
    last = next;
  } while (last !== undefined);
}
