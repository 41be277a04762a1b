import type { CallOptions } from '@outrigger/driver';
import { compareNames, createRegulator, isStorageError } from '@outrigger/driver';
import type { TagGuard } from '../access/tag-guard.js';
import { putLink, readLink } from '../layout/links.js';
import { layers, manifests, tag, tagCurrentLink, tagIndexLink } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { RegistryError } from '../registry-error.js';
import { announceTagDeletion } from '../replicas/deletions.js';
import type { Store } from '../store.js';
import { readTagNames, rememberedTagNames } from './tag-names.js';

/** The manifest that a tag names; undefined when there is no such tag. */
export async function resolveTag(
  store: Store,
  name: string,
  tagName: string,
  options?: CallOptions,
): Promise<Digest | undefined> {
  return store.links.read(tagCurrentLink(name, tagName), options);
}

/**
 * Makes a tag name a manifest that the repository has. The tag itself first and its history after it: a crash in
 * between leaves a whole tag, not one that is listed and answers 404.
 *
 * @param guard - throws where the tag may not be set
 */
export async function setTag(
  store: Store,
  name: string,
  tagName: string,
  digest: Digest,
  guard?: TagGuard,
): Promise<void> {
  await store.locks.run(tagLock(name, tagName), async () => {
    if (guard !== undefined) guard(await resolveTag(store, name, tagName), digest);
    const current = tagCurrentLink(name, tagName);
    const known = store.links.known(current);
    const isNews = known?.text !== digest.text;
    const write = () => store.links.write(current, digest);
    await (known === undefined ? store.tagNames.change(name, write) : write());
    // Past the known links: it goes with the directory of the tag.
    const past = tagIndexLink(name, tagName, digest);
    // What the tag names already has been there before, most likely; anything else has not.
    const isThere = !isNews && (await readLink(store.driver, past))?.text === digest.text;
    if (!isThere) await putLink(store.driver, past, digest);
  });
}

/** Deletes a tag, whatever it names; answers whether it was there. */
export async function deleteTag(store: Store, name: string, tagName: string): Promise<boolean> {
  const [directory, current] = [tag(name, tagName), tagCurrentLink(name, tagName)];
  return store.locks.run(tagLock(name, tagName), () =>
    announceTagDeletion(
      store,
      { name, tag: tagName },
      () => store.tagNames.change(name, () => store.links.delete(directory, current)),
      () => store.tagNames.change(name, () => store.links.take(directory, current)),
    ),
  );
}

/** Deletes a tag if it names this manifest now; answers whether it did. */
export async function deleteTagOf(
  store: Store,
  name: string,
  tagName: string,
  digest: Digest,
): Promise<boolean> {
  return store.locks.run(tagLock(name, tagName), async () => {
    if ((await resolveTag(store, name, tagName))?.text !== digest.text) return false;
    const [directory, current] = [tag(name, tagName), tagCurrentLink(name, tagName)];
    return store.tagNames.change(name, () => store.links.delete(directory, current));
  });
}

/**
 * Setting and deleting a tag take turns: otherwise its history could be left without the tag, which is then listed and
 * answers 404, or a delete of one manifest could take the tag that another was just given. Innermost of all locks.
 */
function tagLock(name: string, tagName: string): string {
  return `${name}:${tagName}`;
}

export interface TagPage {
  readonly tags: readonly string[];
  /** Whether tags come after the last one. */
  readonly more: boolean;
}

export interface TagPageOptions extends CallOptions {
  /** At most so many tags. */
  readonly limit: number;
  /** Only tags after this one. */
  readonly last?: string | undefined;
}

/**
 * Tags in byte order.
 *
 * @throws RegistryError NAME_UNKNOWN when there is no such repository
 */
export async function listTags(store: Store, name: string, options: TagPageOptions): Promise<TagPage> {
  const { limit, last, signal } = options;
  const remembered = await rememberedTagNames(store, name);
  if (remembered !== undefined) return pageOf(remembered, limit, last);
  const found: string[] = [];
  try {
    for await (const tagName of readTagNames(store, name, last, { signal })) {
      if (found.length === limit) return { tags: found, more: true };
      found.push(tagName);
    }
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
    await checkRepository(store, name, { signal });
  }
  return { tags: found, more: false };
}

function pageOf(names: readonly string[], limit: number, last: string | undefined): TagPage {
  const start = last === undefined ? 0 : names.findIndex((tagName) => compareNames(tagName, last) > 0);
  if (start === -1) return { tags: [], more: false };
  return { tags: names.slice(start, start + limit), more: names.length - start > limit };
}

/** The tags that name a manifest. */
export async function findTags(store: Store, name: string, digest: Digest): Promise<string[]> {
  const all = await listTags(store, name, { limit: Infinity });
  const regulator = createRegulator(PARALLEL_READS);
  const current = await Promise.all(
    all.tags.map((each) => regulator.run(() => resolveTag(store, name, each))),
  );
  return all.tags.filter((_, index) => current[index]?.text === digest.text);
}

const PARALLEL_READS = 16;

/** A repository without tags is one that has, or had, a manifest or a blob. */
async function checkRepository(store: Store, name: string, options: CallOptions): Promise<void> {
  for (const path of [manifests(name), layers(name)]) {
    try {
      await store.driver.stat(path, options);
      return;
    } catch (error) {
      if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
    }
  }
  throw new RegistryError('NAME_UNKNOWN', 'repository name not known to the registry', { name });
}
