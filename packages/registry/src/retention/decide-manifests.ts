import type { ManifestContents, RetainedContents } from './contents.js';
import type { PolicyCircumstances } from './circumstances.js';
import { youthOf } from './decide-tags.js';
import type { Decision } from './decision.js';
import type { Marks } from './marks.js';
import { UNKNOWN, applyRules, describeRules } from './rules.js';

/**
 * What becomes of the manifests that no tag names which stays. Those that have a subject are referrers, the others untagged.
 *
 * @param marks - what stays for the sake of tags; takes what stays besides
 */
export async function decideManifests(
  contents: RetainedContents,
  marks: Marks,
  circumstances: PolicyCircumstances,
): Promise<Decision[]> {
  const { found, readPushTimes } = circumstances;
  const { title, policy } = found;
  const left = () => [...contents.manifests.values()].filter(({ digest }) => !marks.has(digest.text));
  const times = await readPushTimes(left().map(({ digest }) => digest));
  for (const { digest } of left()) {
    const youth = youthOf(times.get(digest.text), circumstances);
    if (youth !== undefined) marks.mark(digest.text, youth);
  }
  const [unreadable] = contents.unreadable;
  if (unreadable !== undefined)
    for (const { digest } of left())
      marks.mark(digest.text, `${unreadable} of the repository cannot be read, and may name it`);
  if (!policy.deleteReferrers)
    for (const { digest } of left().filter(isReferrer))
      marks.mark(digest.text, `a referrer, and deleteReferrers of ${title} is off`);
  const untagged = left().filter((each) => !isReferrer(each));
  if (!policy.deleteUntagged)
    for (const { digest } of untagged)
      marks.mark(digest.text, `untagged, and deleteUntagged of ${title} is off`);
  else keepSome(untagged, times, marks, circumstances);
  return describe(contents, marks, times, circumstances);
}

function isReferrer({ subject }: ManifestContents): boolean {
  return subject !== undefined;
}

/** Children of an index go with it, or stay with it: they take no place from others. */
function keepSome(
  untagged: readonly ManifestContents[],
  times: ReadonlyMap<string, number>,
  marks: Marks,
  { found, now, pulled }: PolicyCircumstances,
): void {
  const { keepUntagged } = found.policy;
  if (keepUntagged === undefined) return;
  const children = new Set(untagged.flatMap((each) => each.children));
  const candidates = untagged
    .filter(({ digest }) => !children.has(digest.text))
    .map(({ digest }) => {
      const pushed = times.get(digest.text);
      return {
        digest,
        pushed: pushed === undefined ? UNKNOWN : { earliest: pushed, latest: pushed },
        pulled: pulled(digest.text),
      };
    });
  for (const [{ digest }, reason] of applyRules(keepUntagged, candidates, now))
    marks.mark(digest.text, `${found.title}, keepUntagged ${reason}`);
}

/** In an order in which they may go one after the other: an index before its children, a subject before its referrers. */
function describe(
  { name, manifests }: RetainedContents,
  marks: Marks,
  times: ReadonlyMap<string, number>,
  { found: { title, policy } }: PolicyCircumstances,
): Decision[] {
  const keepUntagged = policy.keepUntagged && `: none of keepUntagged ${describeRules(policy.keepUntagged)}`;
  const going = [...manifests.values()].filter(({ digest }) => !marks.has(digest.text));
  const parents = new Map(
    going.flatMap(({ digest, children }) => children.map((child) => [child, digest.text])),
  );
  const whyGone = ({ digest, subject }: ManifestContents): string => {
    if (subject !== undefined) return `deleteReferrers of ${title}: its subject ${subject} is gone`;
    const parent = parents.get(digest.text);
    if (parent !== undefined) return `deleteUntagged of ${title}: goes with ${parent}, which names it`;
    return `deleteUntagged of ${title}${keepUntagged ?? ''}`;
  };
  const decision = (manifest: ManifestContents, keeps: boolean, reason: string): Decision => ({
    repository: name,
    digest: manifest.digest.text,
    keeps,
    reason,
    pushed: times.get(manifest.digest.text),
  });
  const kept = [...manifests.values()].flatMap((manifest) => {
    const why = marks.why(manifest.digest.text);
    return why === undefined ? [] : [decision(manifest, true, why)];
  });
  return [...kept, ...inOrder(going).map((manifest) => decision(manifest, false, whyGone(manifest)))];
}

function inOrder(going: readonly ManifestContents[]): ManifestContents[] {
  const byDigest = new Map(going.map((each) => [each.digest.text, each]));
  const referrers = Map.groupBy(going, ({ subject }) => subject);
  const placed = new Set<ManifestContents>();
  const after: ManifestContents[] = [];
  // Depth first, each behind all that comes after it: turned round, each is before them.
  const visit = (root: ManifestContents): void => {
    const stack: { manifest: ManifestContents; next: ManifestContents[] }[] = [];
    const enter = (manifest: ManifestContents) => {
      if (placed.has(manifest)) return;
      placed.add(manifest);
      const children = manifest.children.flatMap((child) => byDigest.get(child) ?? []);
      stack.push({ manifest, next: [...children, ...(referrers.get(manifest.digest.text) ?? [])] });
    };
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.next.pop();
      if (next !== undefined) enter(next);
      else after.push(...stack.splice(-1).map(({ manifest }) => manifest));
    }
  };
  for (const manifest of going) visit(manifest);
  return after.reverse();
}
