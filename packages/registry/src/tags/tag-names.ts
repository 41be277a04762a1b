import type { CallOptions } from '@outrigger/driver';
import { baseName, compareNames, listAll } from '@outrigger/driver';
import { orAbsent } from '../layout/or-absent.js';
import { tags } from '../layout/paths.js';
import { isTag } from '../reference/tag.js';
import type { Store } from '../store.js';

/** The tags of a repository in byte order; of more than {@link MAX_REMEMBERED} only that they are many. */
export type TagNames = readonly string[] | 'many';

const MAX_REMEMBERED = 10_000;

export function weighTagNames(names: TagNames): number {
  return names === 'many' ? 1 : names.length + 1;
}

/** The tags after `last` as the store has them, in byte order. The repository may have none: then PATH_NOT_FOUND. */
export async function* readTagNames(
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
export async function rememberedTagNames(store: Store, name: string): Promise<readonly string[] | undefined> {
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
