import type { RepositoryContents, Revision } from './repository-contents.js';

/** Told of what is found to be alive, once for each. */
export interface MarkListener {
  manifest?(name: string, digest: string): void;
  blob?(name: string, digest: string): void;
}

/**
 * Marks what a repository keeps alive, from `roots` on: a manifest keeps what it names, its children, and its
 * referrers, tagged or not.
 *
 * @param marked - takes the digests of everything that is alive, of all repositories
 * @returns the digests of the manifests of this repository that are alive
 */
export function markRepository(
  { name, revisions }: RepositoryContents,
  roots: Iterable<string>,
  marked: Set<string>,
  listener: MarkListener = {},
): Set<string> {
  const referrers = bySubject(revisions);
  const alive = new Set<string>();
  const queue = [...roots];
  const mark = (digest: string) => {
    if (marked.has(digest)) return;
    marked.add(digest);
    listener.blob?.(name, digest);
  };
  for (let digest = queue.pop(); digest !== undefined; digest = queue.pop()) {
    if (alive.has(digest)) continue;
    const revision = revisions.get(digest);
    if (revision === undefined) {
      // What a tag names, or an index, and the repository does not have as a manifest: it is not entered.
      mark(digest);
      continue;
    }
    alive.add(digest);
    marked.add(digest);
    listener.manifest?.(name, digest);
    for (const each of [...revision.references.blobs, ...revision.targets]) mark(each);
    queue.push(...revision.references.manifests, ...(referrers.get(digest) ?? []));
  }
  return alive;
}

/** The manifests that have a subject, by it. */
export function bySubject(revisions: ReadonlyMap<string, Revision>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [digest, { references }] of revisions) {
    const { subject } = references;
    if (subject === undefined) continue;
    const others = found.get(subject);
    if (others === undefined) found.set(subject, [digest]);
    else others.push(digest);
  }
  return found;
}
