import type { CallOptions } from '@outrigger/driver';
import { createRegulator } from '@outrigger/driver';
import type { TagGuard } from '../access/tag-guard.js';
import { putLink, readLink } from '../layout/links.js';
import { tag, tagCurrentLink, tagIndexLink } from '../layout/paths.js';
import type { Digest } from '../reference/digest.js';
import { deleteInTurn } from '../replicas/turns.js';
import type { Store } from '../store.js';
import { listTags } from './list-tags.js';

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
    // Another process of the family may delete the tag before this one writes it: then it is new again.
    const isListed = known !== undefined && store.family === undefined;
    await (isListed ? write() : store.tagNames.change(name, write));
    // Past the known links: it goes with the directory of the tag.
    const past = tagIndexLink(name, tagName, digest);
    // What the tag names already has been there before, most likely; anything else has not.
    const isThere = !isNews && (await readLink(store.driver, past))?.text === digest.text;
    if (!isThere) await putLink(store.driver, past, digest);
  });
}

/** Deletes a tag, whatever it names; answers whether it was there. */
export async function deleteTag(store: Store, name: string, tagName: string): Promise<boolean> {
  const remove = () => store.locks.run(tagLock(name, tagName), () => removeTag(store, name, tagName));
  // Whoever comes now pushes nothing before this has ended.
  return (await store.presence.findAlone()) ? remove() : deleteInTurn(store, name, remove);
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
    return removeTag(store, name, tagName);
  });
}

function removeTag(store: Store, name: string, tagName: string): Promise<boolean> {
  const [directory, current] = [tag(name, tagName), tagCurrentLink(name, tagName)];
  return store.tagNames.change(name, () => store.links.delete(directory, current));
}

/**
 * Setting and deleting a tag take turns: otherwise its history could be left without the tag, which is then listed and
 * answers 404, or a delete of one manifest could take the tag that another was just given. Innermost of all locks.
 */
function tagLock(name: string, tagName: string): string {
  return `${name}:${tagName}`;
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
