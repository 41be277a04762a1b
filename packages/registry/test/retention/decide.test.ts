import { describe, expect, it } from 'vitest';
import type { RetainedContents } from '../../src/retention/contents.js';
import { decide } from '../../src/retention/decide.js';
import type { Decision } from '../../src/retention/decision.js';
import { formatDecision } from '../../src/retention/decision.js';
import type { RetentionPolicy } from '../../src/retention/policies.js';
import { compilePolicies } from '../../src/retention/policies.js';
import type { When } from '../../src/retention/rules.js';
import { UNKNOWN } from '../../src/retention/rules.js';
import { digestOf } from '../../src/reference/digest.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 10, 22);

const id = (name: string) => digestOf(Buffer.from(name), 'sha256');

interface Given {
  readonly policy?: Partial<RetentionPolicy> | undefined;
  /** What it names, and its age in days; an age of undefined is not known. */
  readonly tags?: Readonly<Record<string, readonly [manifest: string, age?: number | undefined]>>;
  /** Ages of manifests, in days. Default: 100. */
  readonly ages?: Readonly<Record<string, number | undefined>>;
  readonly manifests?: Readonly<Record<string, { children?: string[]; subject?: string }>>;
  readonly unreadable?: string[];
  /** Ages of pulls, in days; whatever is not there was not pulled for 60 days. Undefined: pulls were never recorded. */
  readonly pulls?: Readonly<Record<string, number>> | undefined;
  readonly delayMs?: number;
}

/** Decisions by `keep` and `delete`: tags by their name, manifests by `@` and theirs. */
async function outcome(given: Given): Promise<{ keep: string[]; delete: string[]; decisions: Decision[] }> {
  const { policy = {}, tags = {}, ages = {}, manifests = {}, unreadable = [], pulls, delayMs = 0 } = given;
  const known: NonNullable<Given['manifests']> = {
    ...Object.fromEntries(Object.values(tags).map(([name]) => [name, {}])),
    ...manifests,
  };
  const names = new Map<string, string>(Object.keys(known).map((name) => [id(name).text, name]));
  const contents: RetainedContents = {
    name: 'team/app',
    tags: Object.entries(tags).map(([tag, [name, age]]) => ({
      tag,
      digest: id(name),
      pushed: age === undefined ? undefined : NOW - age * DAY,
    })),
    manifests: new Map(
      Object.entries(known).map(([name, { children = [], subject }]) => [
        id(name).text,
        {
          digest: id(name),
          children: children.map((child) => id(child).text),
          subject: subject === undefined ? undefined : id(subject).text,
        },
      ]),
    ),
    unreadable,
  };
  const pulled = (digest: string): When => {
    if (pulls === undefined) return UNKNOWN;
    const age = pulls[names.get(digest) ?? ''];
    const at = NOW - (age ?? 60) * DAY;
    return { earliest: age === undefined ? -Infinity : at, latest: at };
  };
  const policies = await compilePolicies([
    {
      repositories: ['team/**'],
      deleteReferrers: false,
      deleteUntagged: false,
      keepTags: [],
      keepUntagged: undefined,
      ...policy,
    },
  ]);
  const decisions = await decide(contents, {
    found: policies.policyOf(given.policy === undefined ? 'other' : 'team/app'),
    now: NOW,
    delayMs,
    pulled,
    readPushTimes: (digests) =>
      Promise.resolve(
        new Map(
          digests.flatMap(({ text }) => {
            const name = names.get(text) ?? '';
            const age = name in ages ? ages[name] : 100;
            return age === undefined ? [] : [[text, NOW - age * DAY] as const];
          }),
        ),
      ),
  });
  const labels = (keeps: boolean) =>
    decisions
      .filter((each) => each.keeps === keeps)
      .map(({ tag, digest }) => tag ?? `@${names.get(digest) ?? digest}`);
  return { keep: labels(true), delete: labels(false), decisions };
}

describe('which tags stay', () => {
  const three = { a: ['a', 1], b: ['b', 2], c: ['c', 3] } as const;
  const cases: readonly (readonly [string, Given, readonly string[]])[] = [
    ['all, of a repository without a policy', { tags: three }, ['a', 'b', 'c']],
    ['all, without keepTags', { policy: {}, tags: three }, ['a', 'b', 'c']],
    [
      'those that a pattern matches',
      { policy: { keepTags: [{ patterns: ['^[ab]$'] }] }, tags: three },
      ['a', 'b'],
    ],
    [
      'patterns match anywhere',
      {
        policy: { keepTags: [{ patterns: ['.*-prod', 'v2'] }] },
        tags: { 'x-prod-1': ['a', 1], xv2: ['b', 1], v3: ['c', 1] },
      },
      ['x-prod-1', 'xv2'],
    ],
    [
      'an entry without patterns is for all tags',
      { policy: { keepTags: [{ patterns: [], mostRecentlyPushedCount: 2 }] }, tags: three },
      ['a', 'b'],
    ],
    [
      'the first entry that matches decides, and no later one',
      {
        policy: { keepTags: [{ patterns: ['a'], pushedWithinMs: HOUR }, { patterns: ['a', 'b'] }] },
        tags: three,
      },
      ['b'],
    ],
    [
      'counts are within one entry',
      {
        policy: {
          keepTags: [
            { patterns: ['^v1'], mostRecentlyPushedCount: 1 },
            { patterns: ['^v2'], mostRecentlyPushedCount: 1 },
          ],
        },
        tags: { 'v1.0': ['a', 4], 'v1.1': ['b', 3], 'v2.0': ['c', 2], 'v2.1': ['d', 1] },
      },
      ['v1.1', 'v2.1'],
    ],
    [
      'rules are alternatives',
      {
        policy: { keepTags: [{ patterns: [], mostRecentlyPushedCount: 1, pulledWithinMs: 2 * DAY }] },
        tags: { a: ['a', 10], b: ['b', 20], c: ['c', 30] },
        pulls: { c: 1 },
      },
      ['a', 'c'],
    ],
    [
      'pushedWithin',
      { policy: { keepTags: [{ patterns: [], pushedWithinMs: 2.5 * DAY }] }, tags: three },
      ['a', 'b'],
    ],
    [
      'pulledWithin, and what was pushed within it had no time to be pulled',
      {
        policy: { keepTags: [{ patterns: [], pulledWithinMs: 2.5 * DAY }] },
        tags: { a: ['a', 1], b: ['b', 30], c: ['c', 30] },
        pulls: { b: 1 },
      },
      ['a', 'b'],
    ],
    [
      'pulledWithin, when the recording began within it',
      {
        policy: { keepTags: [{ patterns: [], pulledWithinMs: 90 * DAY }] },
        tags: { a: ['a', 200] },
        pulls: {},
      },
      ['a'],
    ],
    [
      'pulledWithin, when pulls were never recorded',
      { policy: { keepTags: [{ patterns: [], pulledWithinMs: HOUR }] }, tags: { a: ['a', 200] } },
      ['a'],
    ],
    [
      'mostRecentlyPulledCount: what was not pulled stays until enough others were',
      {
        policy: { keepTags: [{ patterns: [], mostRecentlyPulledCount: 2 }] },
        tags: { a: ['a', 90], b: ['b', 90], c: ['c', 90] },
        pulls: { a: 1 },
      },
      ['a', 'b', 'c'],
    ],
    [
      'mostRecentlyPulledCount',
      {
        policy: { keepTags: [{ patterns: [], mostRecentlyPulledCount: 2 }] },
        tags: { a: ['a', 90], b: ['b', 90], c: ['c', 90], d: ['d', 90] },
        pulls: { a: 3, b: 1, c: 2 },
      },
      ['b', 'c'],
    ],
    [
      'those that were pushed at the same moment as the last one that counts',
      {
        policy: { keepTags: [{ patterns: [], mostRecentlyPushedCount: 2 }] },
        tags: { a: ['a', 1], b: ['b', 2], c: ['c', 2], d: ['d', 3] },
      },
      ['a', 'b', 'c'],
    ],
    [
      'one whose time is not known takes no place from the others',
      {
        policy: { keepTags: [{ patterns: [], mostRecentlyPushedCount: 1 }] },
        tags: { a: ['a', undefined], b: ['b', 2], c: ['c', 3] },
      },
      ['a', 'b'],
    ],
    [
      'those that are younger than the delay, whatever they are called',
      { policy: { keepTags: [{ patterns: ['^v'] }] }, tags: three, delayMs: 1.5 * DAY },
      ['a'],
    ],
  ];

  it.each(cases)('%s', async (_, given, expected) => {
    const { keep } = await outcome(given);
    expect(keep.filter((name) => !name.startsWith('@'))).toEqual(expected);
  });
});

describe('which manifests stay', () => {
  const gone = { keepTags: [{ patterns: ['^keep'] }], deleteUntagged: true } as const;
  const cases: readonly (readonly [string, Given, { keep: readonly string[]; delete: readonly string[] }])[] =
    [
      [
        'untagged ones, unless deleteUntagged is on',
        { policy: { deleteReferrers: true }, manifests: { m: {} } },
        { keep: ['@m'], delete: [] },
      ],
      [
        'deleteUntagged deletes what a tag that goes has named',
        { policy: gone, tags: { keep: ['a', 9], old: ['b', 9] } },
        { keep: ['keep'], delete: ['old', '@b'] },
      ],
      [
        'what another tag names that stays',
        { policy: gone, tags: { keep: ['a', 9], old: ['a', 9] } },
        { keep: ['keep'], delete: ['old'] },
      ],
      [
        'children of an index that stays, and theirs',
        {
          policy: gone,
          tags: { keep: ['index', 9] },
          manifests: { index: { children: ['inner'] }, inner: { children: ['image'] }, image: {} },
        },
        { keep: ['keep', '@inner', '@image'], delete: [] },
      ],
      [
        'an index that goes is before its children',
        { policy: gone, manifests: { image: {}, index: { children: ['image'] } } },
        { keep: [], delete: ['@index', '@image'] },
      ],
      [
        'the delay of an index is that of its children',
        {
          policy: gone,
          manifests: { image: {}, index: { children: ['image'] } },
          ages: { index: 0.5 },
          delayMs: DAY,
        },
        { keep: ['@image', '@index'], delete: [] },
      ],
      [
        'one of which nobody knows when it was pushed',
        { policy: gone, manifests: { m: {} }, ages: { m: undefined } },
        { keep: ['@m'], delete: [] },
      ],
      [
        'keepUntagged counts indexes, not their children',
        {
          policy: { ...gone, keepUntagged: { mostRecentlyPushedCount: 1 } },
          manifests: { image: {}, index: { children: ['image'] }, other: {} },
          ages: { image: 1, index: 2, other: 3 },
        },
        { keep: ['@image', '@index'], delete: ['@other'] },
      ],
      [
        'keepUntagged keeps what was pulled',
        {
          policy: { ...gone, keepUntagged: { pulledWithinMs: 2 * DAY } },
          manifests: { a: {}, b: {} },
          pulls: { a: 1 },
        },
        { keep: ['@a'], delete: ['@b'] },
      ],
      [
        'all that no tag names, when one of them cannot be read',
        { policy: gone, tags: { old: ['a', 9] }, manifests: { a: {}, b: {} }, unreadable: ['sha256:rotten'] },
        { keep: ['@a', '@b'], delete: ['old'] },
      ],
    ];

  it.each(cases)('%s', async (_, given, expected) => {
    const { keep, delete: deleted } = await outcome(given);
    expect({ keep: keep.toSorted(), delete: deleted }).toEqual({
      keep: expected.keep.toSorted(),
      delete: expected.delete,
    });
  });
});

describe('which referrers stay', () => {
  const policy = { keepTags: [{ patterns: ['^keep'] }], deleteUntagged: true, deleteReferrers: true };
  const signed = { sbom: { subject: 'image' }, signature: { subject: 'sbom' } };
  const tagOf = (name: string, suffix = '') => `sha256-${id(name).hex}${suffix}`;

  it('those of a manifest that stays, and theirs', async () => {
    const { keep, delete: deleted } = await outcome({
      policy,
      tags: { keep: ['image', 9] },
      manifests: signed,
    });
    expect(keep).toEqual(['keep', '@sbom', '@signature']);
    expect(deleted).toEqual([]);
  });

  it('go behind their subject with deleteReferrers', async () => {
    const { delete: deleted } = await outcome({ policy, tags: { old: ['image', 9] }, manifests: signed });
    expect(deleted).toEqual(['old', '@image', '@sbom', '@signature']);
  });

  it('without deleteReferrers, though their subject goes', async () => {
    const { keep, delete: deleted } = await outcome({
      policy: { ...policy, deleteReferrers: false },
      tags: { old: ['image', 9] },
      manifests: signed,
    });
    expect(keep).toEqual(['@sbom', '@signature']);
    expect(deleted).toEqual(['old', '@image']);
  });

  it('those that have no subject any more go, and young ones stay: it may come yet', async () => {
    const orphans = { old: { subject: 'nothing' }, young: { subject: 'nothing' } };
    const { keep, delete: deleted } = await outcome({
      policy,
      manifests: orphans,
      ages: { young: 0.5 },
      delayMs: DAY,
    });
    expect(keep).toEqual(['@young']);
    expect(deleted).toEqual(['@old']);
  });

  it('a tag of a referrer goes as any other, its manifest lives with the subject', async () => {
    const { keep, delete: deleted } = await outcome({
      policy,
      tags: { keep: ['image', 9], old: ['sbom', 9] },
      manifests: { sbom: { subject: 'image' } },
    });
    expect(keep).toEqual(['keep', '@sbom']);
    expect(deleted).toEqual(['old']);
  });

  it.each(['', '.sig', '.att'])(
    'tags that stand for them (%s) stay and go with their subject',
    async (suffix) => {
      const tags = {
        keep: ['image', 9],
        old: ['other', 9],
        [tagOf('image', suffix)]: ['s1', 9],
        [tagOf('other', suffix)]: ['s2', 9],
      } as const;
      const { keep, delete: deleted } = await outcome({ policy, tags });
      expect(keep).toEqual(['keep', tagOf('image', suffix)]);
      expect(deleted.toSorted()).toEqual(['@other', '@s2', 'old', tagOf('other', suffix)].toSorted());
      const without = await outcome({ policy: { ...policy, deleteReferrers: false }, tags });
      expect(without.keep).toContain(tagOf('other', suffix));
    },
  );
});

describe('an explanation', () => {
  it('names the rule that keeps a tag, and its place', async () => {
    const { decisions } = await outcome({
      policy: { keepTags: [{ patterns: ['^v', '^1\\.'], mostRecentlyPushedCount: 2 }] },
      tags: { '1.4.2': ['a', 2], '1.4.3': ['b', 1], '1.4.1': ['c', 3], latest: ['d', 9] },
    });
    expect(decisions.map(formatDecision)).toEqual([
      'keep team/app:1.4.2 policies[0] "team/**", keepTags[0] "^1\\\\." mostRecentlyPushedCount 2 (2nd)',
      'keep team/app:1.4.3 policies[0] "team/**", keepTags[0] "^1\\\\." mostRecentlyPushedCount 2 (1st)',
      'delete team/app:1.4.1 policies[0] "team/**", keepTags[0] "^1\\\\.": none of mostRecentlyPushedCount 2 (pushed 2026-11-19T00:00:00Z)',
      'delete team/app:latest policies[0] "team/**": no pattern of keepTags matches',
    ]);
  });

  it('says what is not known', async () => {
    const { decisions } = await outcome({
      policy: { keepTags: [{ patterns: [], pulledWithinMs: 90 * DAY }] },
      tags: { a: ['a', 200] },
      pulls: {},
    });
    expect(decisions.map(({ reason }) => reason)).toEqual([
      'policies[0] "team/**", keepTags[0] pulledWithin 2160h (not pulled since 2026-09-23T00:00:00Z, when recording began)',
    ]);
  });

  it('names what keeps a manifest', async () => {
    const { decisions } = await outcome({
      policy: { deleteUntagged: true },
      tags: { latest: ['index', 9] },
      manifests: { index: { children: ['image'] }, image: {}, sbom: { subject: 'image' } },
    });
    expect(decisions.map(({ reason }) => reason)).toEqual([
      'policies[0] "team/**" has no keepTags',
      `${id('index').text} names it`,
      `stays with its subject ${id('image').text}`,
    ]);
  });
});
