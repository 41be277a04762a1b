import type { Circumstances, PolicyCircumstances } from './circumstances.js';
import type { RetainedContents, TagContents } from './contents.js';
import type { Decision } from './decision.js';
import { decideManifests } from './decide-manifests.js';
import { createMarks } from './marks.js';
import type { FoundPolicy } from './policies.js';
import { decideTags, youthOf } from './decide-tags.js';
import { companionOf } from './companion-tag.js';

/** Whether what becomes of a repository depends on its manifests: otherwise they need not be read. */
export function needsManifests(found: FoundPolicy | undefined): boolean {
  return found !== undefined && (found.policy.deleteUntagged || found.policy.deleteReferrers);
}

/**
 * Decides on every tag of a repository and on every manifest that no tag names which stays. Nothing is changed.
 *
 * Whatever a manifest that stays leads to stays as well: children of an index, and referrers with their subject.
 */
export async function decide(contents: RetainedContents, circumstances: Circumstances): Promise<Decision[]> {
  const { found } = circumstances;
  if (found === undefined) {
    return contents.tags.map((tag) => tagDecision(contents, tag, true, 'no policy names the repository'));
  }
  const companions = contents.tags.filter(({ tag }) => companionOf(tag) !== undefined);
  const others = contents.tags.filter(({ tag }) => companionOf(tag) === undefined);
  const reasons = decideTags(others, { ...circumstances, found });
  const marks = createMarks(contents, companions);
  for (const [{ digest }, { keeps }] of reasons) if (keeps) marks.mark(digest.text, undefined);
  for (const companion of companions) {
    const why = whyCompanionStays(contents, companion, { ...circumstances, found });
    if (why !== undefined) marks.keepCompanion(companion, why);
  }
  const manifests = needsManifests(found)
    ? await decideManifests(contents, marks, { ...circumstances, found })
    : [];
  for (const companion of companions) {
    const why = marks.companions.get(companion);
    const reason = why ?? `goes with its subject: deleteReferrers of ${found.title}`;
    reasons.set(companion, { keeps: why !== undefined, reason });
  }
  const tags = contents.tags.map((tag) => {
    const { keeps, reason } = reasons.get(tag) ?? { keeps: true, reason: 'not decided on' };
    return tagDecision(contents, tag, keeps, reason);
  });
  return [...tags, ...manifests];
}

/** Whether its subject lives or not. */
function whyCompanionStays(
  { unreadable }: RetainedContents,
  companion: TagContents,
  circumstances: PolicyCircumstances,
): string | undefined {
  const { found } = circumstances;
  if (!found.policy.deleteReferrers)
    return `belongs to another manifest, and deleteReferrers of ${found.title} is off`;
  if (unreadable.length > 0)
    return `belongs to another manifest, and ${String(unreadable[0])} cannot be read`;
  return youthOf(companion.pushed, circumstances);
}

function tagDecision(
  { name }: RetainedContents,
  { tag, digest, pushed }: TagContents,
  keeps: boolean,
  reason: string,
): Decision {
  return { repository: name, tag, digest: digest.text, keeps, reason, pushed };
}
