import type { CallOptions } from '@outrigger/driver';
import { baseName, compareNames, isStorageError, listAll } from '@outrigger/driver';
import { isTag } from '../../reference/tag.js';
import { RegistryError } from '../../registry-error.js';
import type { TagPage, TagPageOptions } from '../layout.js';
import { orAbsent } from '../or-absent.js';
import { pageOfTags } from '../page-of-tags.js';
import type { DistributionStore } from './distribution-store.js';
import { layers, manifests, tags } from './paths.js';
import type { TagNames } from './tag-names.js';
import { MAX_REMEMBERED } from './tag-names.js';

/**
 * Tags in byte order.
 *
 * @throws RegistryError NAME_UNKNOWN when there is no such repository
 */
export async function listTags(
  store: DistributionStore,
  name: string,
  options: TagPageOptions,
): Promise<TagPage> {
  const { limit, last, signal } = options;
  const remembered = await rememberedTagNames(store, name);
  if (remembered !== undefined) return pageOfTags(remembered, limit, last);
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

/** The tags after `last` as the store has them, in byte order. The repository may have none: then PATH_NOT_FOUND. */
async function* readTagNames(
  { driver }: DistributionStore,
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
async function rememberedTagNames(
  store: DistributionStore,
  name: string,
): Promise<readonly string[] | undefined> {
  if (!store.presence.family.isAlone()) return undefined;
  const names = await store.tagNames.find(name, () => orAbsent(collect(store, name)));
  return names === 'many' ? undefined : names;
}

async function collect(store: DistributionStore, name: string): Promise<TagNames> {
  const names: string[] = [];
  for await (const tagName of readTagNames(store, name)) {
    if (names.length === MAX_REMEMBERED) return 'many';
    names.push(tagName);
  }
  return names;
}

/** A repository without tags is one that has, or had, a manifest or a blob. */
async function checkRepository(store: DistributionStore, name: string, options: CallOptions): Promise<void> {
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
