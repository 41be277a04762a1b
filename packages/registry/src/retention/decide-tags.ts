import type { TagContents } from './contents.js';
import type { Circumstances, PolicyCircumstances } from './circumstances.js';
import { formatDuration, formatTime } from './format.js';
import type { FoundPolicy, KeepTags, TagGroup } from './policies.js';
import type { Candidate } from './rules.js';
import { UNKNOWN, applyRules, describePull, describePush, describeRules, hasRules } from './rules.js';

export interface Verdict {
  readonly keeps: boolean;
  /** The rule that keeps it, or why it goes. */
  readonly reason: string;
}

/** What becomes of tags, each by the first entry of `keepTags` that has a pattern for it. */
export function decideTags(
  tags: readonly TagContents[],
  circumstances: PolicyCircumstances,
): Map<TagContents, Verdict> {
  const { found } = circumstances;
  const { keepTags } = found.policy;
  if (keepTags.length === 0)
    return new Map(tags.map((tag) => [tag, { keeps: true, reason: `${found.title} has no keepTags` }]));
  const verdicts = new Map<TagContents, Verdict>();
  const members = tags.map((tag) => ({ tag, group: found.groupOf(tag.tag) }));
  for (const [index, some] of Map.groupBy(members, ({ group }) => group?.index)) {
    const rules = index === undefined ? undefined : keepTags[index];
    const decided = rules === undefined ? unmatched(some, found) : decideGroup(some, rules, circumstances);
    for (const [tag, verdict] of decided) verdicts.set(tag, spareTheYoung(tag, verdict, circumstances));
  }
  return verdicts;
}

/** Why what is so young is not touched; undefined when it is old enough. */
export function youthOf(
  pushed: number | undefined,
  { now, delayMs }: Pick<Circumstances, 'now' | 'delayMs'>,
): string | undefined {
  if (pushed === undefined) return 'when it was pushed is not known, it counts as now';
  if (now - pushed >= delayMs) return undefined;
  return `younger than delay ${formatDuration(delayMs)} (pushed ${formatTime(pushed)})`;
}

interface Member {
  readonly tag: TagContents;
  readonly group: TagGroup | undefined;
}

function* unmatched(members: readonly Member[], { title }: FoundPolicy): Generator<[TagContents, Verdict]> {
  for (const { tag } of members)
    yield [tag, { keeps: false, reason: `${title}: no pattern of keepTags matches` }];
}

function* decideGroup(
  members: readonly Member[],
  rules: KeepTags,
  { found, now, pulled }: PolicyCircumstances,
): Generator<[TagContents, Verdict]> {
  const candidates = members.map(({ tag, group }) => ({ tag, group, ...timesOf(tag, pulled) }));
  const kept = applyRules(rules, candidates, now);
  for (const candidate of candidates) {
    const { tag, group } = candidate;
    const title = `${found.title}, ${titleOf(group)}`;
    const reason = kept.get(candidate);
    if (!hasRules(rules)) yield [tag, { keeps: true, reason: title }];
    else if (reason !== undefined) yield [tag, { keeps: true, reason: `${title} ${reason}` }];
    else
      yield [
        tag,
        { keeps: false, reason: `${title}: none of ${describeRules(rules)} (${describeTimes(candidate)})` },
      ];
  }
}

function spareTheYoung(tag: TagContents, verdict: Verdict, circumstances: PolicyCircumstances): Verdict {
  const youth = verdict.keeps ? undefined : youthOf(tag.pushed, circumstances);
  return youth === undefined ? verdict : { keeps: true, reason: youth };
}

function titleOf(group: TagGroup | undefined): string {
  const pattern = group?.pattern === undefined ? '' : ` ${JSON.stringify(group.pattern)}`;
  return `keepTags[${String(group?.index)}]${pattern}`;
}

function timesOf({ digest, pushed }: TagContents, pulled: Circumstances['pulled']): Candidate {
  return {
    pushed: pushed === undefined ? UNKNOWN : { earliest: pushed, latest: pushed },
    // As in zot: whoever pulls what a tag names has pulled the tag.
    pulled: pulled(digest.text),
  };
}

function describeTimes({ pushed, pulled }: Candidate): string {
  const pull = Number.isFinite(pulled.latest) ? `, ${describePull(pulled)}` : '';
  return `${describePush(pushed)}${pull}`;
}
