/** The tags of a repository in byte order; of more than {@link MAX_REMEMBERED} only that they are many. */
export type TagNames = readonly string[] | 'many';

export const MAX_REMEMBERED = 10_000;

export function weighTagNames(names: TagNames): number {
  return names === 'many' ? 1 : names.length + 1;
}
