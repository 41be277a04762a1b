import { toMatcher } from '../access/glob.js';

/** What is to stay, as zot says it (`storage.retention.policies`). The first policy that names a repository is its policy. */
export interface RetentionPolicy {
  /** `*` is anything without a slash, `**` anything; see access/glob.ts. */
  readonly repositories: readonly string[];
  /** Whether referrers go when their subject is gone. */
  readonly deleteReferrers: boolean;
  /** Whether manifests go that no tag leads to. */
  readonly deleteUntagged: boolean;
  /** A tag belongs to the first of them that has a pattern for it. Empty: all tags stay. */
  readonly keepTags: readonly KeepTags[];
  /** Undefined: no untagged manifest is worth keeping. */
  readonly keepUntagged: KeepRules | undefined;
}

export interface KeepTags extends KeepRules {
  /** Expressions of RE2 that match anywhere in a tag. Empty: all tags. */
  readonly patterns: readonly string[];
}

/** What one of these holds for stays. Without any, everything stays. */
export interface KeepRules {
  readonly pulledWithinMs?: number | undefined;
  readonly pushedWithinMs?: number | undefined;
  readonly mostRecentlyPushedCount?: number | undefined;
  readonly mostRecentlyPulledCount?: number | undefined;
}

/** A pattern that is no expression of RE2. */
export class InvalidTagPatternError extends Error {
  override readonly name = 'InvalidTagPatternError';
  /** Where it stands below `policies`. */
  readonly key: string;

  constructor(key: string, cause: unknown) {
    super(`not a regular expression: ${cause instanceof Error ? cause.message : 'unknown fault'}`, { cause });
    this.key = key;
  }
}

/** Finds the policy of a repository and the group of a tag. */
export interface Policies {
  policyOf(repository: string): FoundPolicy | undefined;
  /** Whether any decision about the repository depends on when something was pulled. */
  needsPulls(repository: string): boolean;
}

export interface FoundPolicy {
  readonly policy: RetentionPolicy;
  /** As explanations name it: its key and the glob that matched. */
  readonly title: string;
  /** Undefined when no pattern matches. */
  groupOf(tag: string): TagGroup | undefined;
}

export interface TagGroup {
  /** Of `keepTags`. */
  readonly index: number;
  /** Undefined: it has none, and is for all tags. */
  readonly pattern: string | undefined;
}

/**
 * Expressions are RE2's, as zot's are Go's: docs/decisions/0011.
 *
 * @throws InvalidTagPatternError
 */
export async function compilePolicies(policies: readonly RetentionPolicy[]): Promise<Policies> {
  const { RE2JS } = await import('re2js');
  const compiled = policies.map((policy, index) => ({
    policy,
    globs: policy.repositories.map((glob) => ({ glob, matches: toMatcher(glob) })),
    groups: policy.keepTags.map(({ patterns }, group) =>
      patterns.map((source, at) => {
        try {
          return { source, expression: RE2JS.compile(source) };
        } catch (error) {
          const key = `[${String(index)}].keepTags[${String(group)}].patterns[${String(at)}]`;
          throw new InvalidTagPatternError(key, error);
        }
      }),
    ),
  }));
  const policyOf = (repository: string): FoundPolicy | undefined => {
    for (const [index, { policy, globs, groups }] of compiled.entries()) {
      const found = globs.find(({ matches }) => matches(repository));
      if (found === undefined) continue;
      return {
        policy,
        title: `policies[${String(index)}] ${JSON.stringify(found.glob)}`,
        groupOf(tag) {
          for (const [at, patterns] of groups.entries()) {
            if (patterns.length === 0) return { index: at, pattern: undefined };
            const match = patterns.find(({ expression }) => expression.test(tag));
            if (match !== undefined) return { index: at, pattern: match.source };
          }
          return undefined;
        },
      };
    }
    return undefined;
  };
  return {
    policyOf,
    needsPulls(repository) {
      const { keepTags, keepUntagged, deleteUntagged } = policyOf(repository)?.policy ?? { keepTags: [] };
      return (
        keepTags.some(asksForPulls) ||
        (deleteUntagged === true && keepUntagged !== undefined && asksForPulls(keepUntagged))
      );
    },
  };
}

/** Whether the time of a pull counts. */
export function asksForPulls({ pulledWithinMs, mostRecentlyPulledCount }: KeepRules): boolean {
  return pulledWithinMs !== undefined || mostRecentlyPulledCount !== undefined;
}
