import { layerLink, revisionLink, tagCurrentLink } from '../layout/paths.js';
import { tryParseDigest } from '../reference/digest.js';
import { isTag } from '../reference/tag.js';
import type { Store } from '../store.js';

/** What another process has deleted: content, what a repository had, or a tag of it. */
export interface Forgettable {
  readonly name?: string | undefined;
  readonly digest?: string | undefined;
  readonly tag?: string | undefined;
}

/** Nothing of it is remembered after this. What makes no sense is passed over. */
export function forget(
  { links, sizes, cache, tagNames }: Store,
  { name, digest: text = '', tag }: Forgettable,
): void {
  const digest = tryParseDigest(text);
  if (digest !== undefined) {
    sizes.forget(digest.text);
    cache.forget(digest);
  }
  if (name === undefined) return;
  if (tag !== undefined && isTag(tag)) {
    links.forget(tagCurrentLink(name, tag));
    tagNames.forget(name);
  }
  if (digest === undefined) return;
  links.forget(layerLink(name, digest));
  links.forget(revisionLink(name, digest));
}
