import type { RetainedContents, TagContents } from './contents.js';
import { companionKey, companionOf } from './companion-tag.js';

/** What stays, and why. Whatever stays keeps its children, its referrers and its companion tags. */
export interface Marks {
  /** @param why - undefined: a tag that stays names it */
  mark(digest: string, why: string | undefined): void;
  keepCompanion(companion: TagContents, why: string): void;
  has(digest: string): boolean;
  why(digest: string): string | undefined;
  /** Those that stay. */
  readonly companions: ReadonlyMap<TagContents, string>;
}

export function createMarks({ manifests }: RetainedContents, companions: readonly TagContents[]): Marks {
  const alive = new Map<string, string | undefined>();
  const kept = new Map<TagContents, string>();
  const referrers = Map.groupBy(manifests.values(), ({ subject }) => subject);
  const companionsOf = Map.groupBy(companions, ({ tag }) => companionOf(tag));

  const mark = (root: string, whyRoot: string | undefined): void => {
    const queue: [string, string | undefined][] = [[root, whyRoot]];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [digest, why] = next;
      // What a tag names needs no other reason.
      if (alive.has(digest) && (why !== undefined || alive.get(digest) === undefined)) continue;
      const isKnown = alive.has(digest);
      alive.set(digest, why);
      const manifest = isKnown ? undefined : manifests.get(digest);
      if (manifest === undefined) continue;
      for (const child of manifest.children) queue.push([child, `${digest} names it`]);
      for (const referrer of referrers.get(digest) ?? [])
        queue.push([referrer.digest.text, `stays with its subject ${digest}`]);
      for (const companion of companionsOf.get(companionKey(manifest.digest)) ?? []) {
        kept.set(companion, `stays with its subject ${digest}`);
        queue.push([companion.digest.text, undefined]);
      }
    }
  };

  return {
    mark,
    keepCompanion(companion, why) {
      if (!kept.has(companion)) kept.set(companion, why);
      mark(companion.digest.text, undefined);
    },
    has: (digest) => alive.has(digest),
    why: (digest) => alive.get(digest),
    companions: kept,
  };
}
