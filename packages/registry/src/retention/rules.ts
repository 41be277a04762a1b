import type { KeepRules } from './policies.js';
import { formatDuration, formatTime, ordinal } from './format.js';

/**
 * When something happened, in milliseconds since 1970: not before `earliest`, not after `latest`. The two differ where it
 * was not recorded exactly, or not at all.
 */
export interface When {
  readonly earliest: number;
  readonly latest: number;
}

/** Nothing is known of it: it counts as now. */
export const UNKNOWN: When = { earliest: -Infinity, latest: Infinity };

/** What rules are asked about: a tag, or an untagged manifest. */
export interface Candidate {
  readonly pushed: When;
  readonly pulled: When;
}

/**
 * Which candidates one of the rules keeps, and by what: rules are alternatives. Whatever may be true of a candidate is taken
 * for true, and of those it competes with only what is known. So an unknown time keeps its candidate and takes no place from another one.
 *
 * @returns without an entry for what no rule keeps
 */
export function applyRules<C extends Candidate>(
  rules: KeepRules,
  candidates: readonly C[],
  now: number,
): Map<C, string> {
  const tests = [
    ...withinTests(rules, now),
    countTest('mostRecentlyPushedCount', rules.mostRecentlyPushedCount, candidates, ({ pushed }) => pushed),
    countTest('mostRecentlyPulledCount', rules.mostRecentlyPulledCount, candidates, ({ pulled }) => pulled),
  ];
  const kept = new Map<C, string>();
  for (const candidate of candidates) {
    for (const test of tests) {
      const reason = test(candidate);
      if (reason === undefined) continue;
      kept.set(candidate, reason);
      break;
    }
  }
  return kept;
}

/** The rules by name, for the explanation of what none of them keeps. */
export function describeRules(rules: KeepRules): string {
  const { pulledWithinMs, pushedWithinMs, mostRecentlyPushedCount, mostRecentlyPulledCount } = rules;
  return [
    pulledWithinMs !== undefined && `pulledWithin ${formatDuration(pulledWithinMs)}`,
    pushedWithinMs !== undefined && `pushedWithin ${formatDuration(pushedWithinMs)}`,
    mostRecentlyPushedCount !== undefined && `mostRecentlyPushedCount ${String(mostRecentlyPushedCount)}`,
    mostRecentlyPulledCount !== undefined && `mostRecentlyPulledCount ${String(mostRecentlyPulledCount)}`,
  ]
    .filter((each) => each !== false)
    .join(', ');
}

export function hasRules(rules: KeepRules): boolean {
  return describeRules(rules) !== '';
}

type Test = (candidate: Candidate) => string | undefined;

function withinTests({ pulledWithinMs, pushedWithinMs }: KeepRules, now: number): Test[] {
  const tests: Test[] = [];
  if (pulledWithinMs !== undefined) {
    const since = now - pulledWithinMs;
    const title = `pulledWithin ${formatDuration(pulledWithinMs)}`;
    tests.push(({ pulled, pushed }) => {
      if (pulled.latest > since) return `${title} (${describePull(pulled)})`;
      // As in zot: what is that young had no time to be pulled.
      return pushed.latest > since ? `${title} (${describePush(pushed)})` : undefined;
    });
  }
  if (pushedWithinMs !== undefined) {
    const since = now - pushedWithinMs;
    const title = `pushedWithin ${formatDuration(pushedWithinMs)}`;
    tests.push(({ pushed }) => (pushed.latest > since ? `${title} (${describePush(pushed)})` : undefined));
  }
  return tests;
}

/** One that may be among the `count` latest is: all that happened at the same time as the last of these are, too. */
function countTest(
  rule: string,
  count: number | undefined,
  candidates: readonly Candidate[],
  whenOf: (candidate: Candidate) => When,
): Test {
  if (count === undefined) return () => undefined;
  const known = candidates
    .map((each) => whenOf(each).earliest)
    .filter(Number.isFinite)
    .sort((a, b) => b - a);
  return (candidate) => {
    const { latest } = whenOf(candidate);
    const later = countAbove(known, latest);
    if (later >= count) return undefined;
    const place = latest === Infinity ? 'its time is not known, it counts as now' : ordinal(later + 1);
    return `${rule} ${String(count)} (${place})`;
  };
}

/** How many are greater, of numbers in descending order. */
function countAbove(descending: readonly number[], value: number): number {
  let [low, high] = [0, descending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((descending[middle] ?? -Infinity) > value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function describePush({ latest }: When): string {
  return latest === Infinity
    ? 'when it was pushed is not known, it counts as now'
    : `pushed ${formatTime(latest)}`;
}

export function describePull({ earliest, latest }: When): string {
  if (Number.isFinite(earliest)) return `pulled ${formatTime(earliest)}`;
  if (latest === Infinity) return 'pulls are not recorded yet, it counts as pulled now';
  return `not pulled since ${formatTime(latest)}, when recording began`;
}
