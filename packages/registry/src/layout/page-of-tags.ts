import { compareNames } from '@outrigger/driver';
import type { TagPage } from './layout.js';

/**
 * A page of all tags of a repository.
 *
 * @param names - in byte order
 */
export function pageOfTags(names: readonly string[], limit: number, last: string | undefined): TagPage {
  const start = last === undefined ? 0 : names.findIndex((tagName) => compareNames(tagName, last) > 0);
  if (start === -1) return { tags: [], more: false };
  return { tags: names.slice(start, start + limit), more: names.length - start > limit };
}
