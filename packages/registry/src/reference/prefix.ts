/** Something for one repository and all below it: `team/a` is for `team/a` and `team/a/app`, and not for `team/ab`. */
export interface Prefixed {
  /** The name of the repository. */
  readonly prefix: string;
}

/** What is for a repository; of several that are the one with the longest prefix. */
export function findByPrefix<T extends Prefixed>(all: readonly T[], name: string): T | undefined {
  let best: T | undefined;
  for (const each of all)
    if (isWithin(name, each.prefix) && each.prefix.length > (best?.prefix.length ?? 0)) best = each;
  return best;
}

function isWithin(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && (name.length === prefix.length || name[prefix.length] === '/');
}
