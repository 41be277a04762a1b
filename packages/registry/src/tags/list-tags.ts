import type { CallOptions } from '@outrigger/driver';
import { baseName, compareNames, isStorageError, listAll } from '@outrigger/driver';
import { orAbsent } from '../layout/or-absent.js';
import { layers, manifests, tags } from '../layout/paths.js';
import { isTag } from '../reference/tag.js';
import { RegistryError } from '../registry-error.js';
import type { Store } from '../store.js';
import type { TagNames } from './tag-names.js';
import { MAX_REMEMBERED } from './tag-names.js';

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

/** The tags after `last` as the store has them, in byte order. The repository may have none: then PATH_NOT_FOUND. */
async function* readTagNames(
  { driver }: Store,
  name: string,
  last?: string,
  options?: CallOptions,
): AsyncGenerator<string> {
  for await (const entry of listAll(driver, tags(name), options)) {
    const tagName = baseName(entry.path);
    if (isTag(tagName) && (last === undefined || compareNames(tagName, last) > 0)) yield tagName;
  }
}

/**
 * The tags of a repository, where this process may remember them and they are not too many to; otherwise undefined, and
 * the store is to be asked.
 */
async function rememberedTagNames(store: Store, name: string): Promise<readonly string[] | undefined> {
  if (!store.presence.family.isAlone()) return undefined;
  const names = await store.tagNames.find(name, () => orAbsent(collect(store, name)));
  return names === 'many' ? undefined : names;
}

async function collect(store: Store, name: string): Promise<TagNames> {
  const names: string[] = [];
  for await (const tagName of readTagNames(store, name)) {
    if (names.length === MAX_REMEMBERED) return 'many';
    names.push(tagName);
  }
  return names;
}

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
