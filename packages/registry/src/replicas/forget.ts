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
export function forget({ layout, sizes, cache }: Store, { name, digest: text = '', tag }: Forgettable): void {
  const digest = tryParseDigest(text);
  if (digest !== undefined) {
    sizes.forget(layout.contentKey(name ?? '', digest));
    cache.forget(digest);
  }
  if (name !== undefined)
    layout.forget(name, { digest, tag: tag !== undefined && isTag(tag) ? tag : undefined });
}
