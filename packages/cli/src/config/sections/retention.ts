import type { z } from 'zod';
import { list, optional, preset, required, section, told } from '../containers.js';
import { duration, flag, natural, text, texts } from '../leaves.js';

/** What of the stored images is to stay, and when the rest goes. Keys are zot's (`storage.retention`). */
export interface RetentionConfig {
  readonly dryRun: boolean;
  /** What is younger is not touched. */
  readonly delayMs: number;
  readonly intervalMs: number;
  /** `02:00-05:00`, UTC; undefined: at any time. */
  readonly window: string | undefined;
  readonly deletesPerSecond: number;
  /** Empty: switched off. */
  readonly policies: readonly RetentionPolicyConfig[];
}

export interface RetentionPolicyConfig {
  readonly repositories: readonly string[];
  readonly deleteReferrers: boolean;
  readonly deleteUntagged: boolean;
  readonly keepTags: readonly (KeepRulesConfig & { readonly patterns: readonly string[] })[];
  /** Undefined: no rules. */
  readonly keepUntagged: KeepRulesConfig | undefined;
}

export interface KeepRulesConfig {
  readonly pulledWithinMs: number | undefined;
  readonly pushedWithinMs: number | undefined;
  readonly mostRecentlyPushedCount: number | undefined;
  readonly mostRecentlyPulledCount: number | undefined;
}

export const retentionSection = section({
  dryRun: told(preset(flag, false), 'Only says what it would delete.'),
  delay: told(preset(duration, '24h'), 'A tag or manifest that was pushed within it is not touched.'),
  interval: told(preset(duration, '24h'), 'Between the starts of two passes, of all replicas together.'),
  window: told(
    optional(text),
    'The part of each day in which it deletes, in UTC: "02:00-05:00". Default: at any time.',
  ),
  deletesPerSecond: told(
    preset(
      natural.refine((count) => count >= 1, 'must be 1 or more'),
      50,
    ),
    'It deletes no faster.',
  ),
  policies: told(
    list(
      section({
        repositories: told(
          required(texts),
          'Globs: * is anything without a slash, ** anything. The first policy that names a repository applies to it.',
        ),
        deleteReferrers: told(preset(flag, false), 'Referrers go when their subject is gone.'),
        deleteUntagged: told(preset(flag, true), 'Manifests go that no tag leads to.'),
        keepTags: list(
          section({
            patterns: told(
              optional(texts),
              'Regular expressions (RE2), matching anywhere in a tag. Default: all tags.',
            ),
            ...keepRules(),
          }),
        ),
        keepUntagged: section(keepRules()),
      }),
    ),
    'Without any, nothing is ever deleted.',
  ),
});

type RetentionData = z.output<typeof retentionSection>;

export function toRetention(data: RetentionData): RetentionConfig {
  return {
    dryRun: data.dryRun,
    delayMs: data.delay,
    intervalMs: data.interval,
    window: data.window,
    deletesPerSecond: data.deletesPerSecond,
    policies: data.policies.map((policy) => {
      const keepUntagged = toRules(policy.keepUntagged);
      const hasRules = Object.values(keepUntagged).some((rule) => rule !== undefined);
      return {
        repositories: policy.repositories,
        deleteReferrers: policy.deleteReferrers,
        deleteUntagged: policy.deleteUntagged,
        keepTags: policy.keepTags.map((group) => ({ patterns: group.patterns ?? [], ...toRules(group) })),
        keepUntagged: hasRules ? keepUntagged : undefined,
      };
    }),
  };
}

function keepRules() {
  return {
    pulledWithin: optional(duration),
    pushedWithin: optional(duration),
    mostRecentlyPushedCount: optional(natural),
    mostRecentlyPulledCount: optional(natural),
  };
}

type KeepRulesData = RetentionData['policies'][number]['keepUntagged'];

/** A count of nothing is as good as none: zot's files have it so. */
function toRules(data: KeepRulesData): KeepRulesConfig {
  return {
    pulledWithinMs: data.pulledWithin,
    pushedWithinMs: data.pushedWithin,
    mostRecentlyPushedCount: data.mostRecentlyPushedCount === 0 ? undefined : data.mostRecentlyPushedCount,
    mostRecentlyPulledCount: data.mostRecentlyPulledCount === 0 ? undefined : data.mostRecentlyPulledCount,
  };
}
