import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { prepareRetention } from '../../src/serve/retention.js';

const BASE = 'version: 0.1\nstorage: {filesystem: {rootdirectory: /data}}\n';

const parse = (retention: string) =>
  parseConfig(`${BASE}outrigger: {retention: ${retention}}`, 'config.yml', {}).config;

describe('the section of retention', () => {
  it('without policies is switched off', async () => {
    expect(await prepareRetention(parse('{}'))).toBeUndefined();
    expect(parse('{}').retention).toMatchObject({
      delayMs: 86_400_000,
      intervalMs: 86_400_000,
      dryRun: false,
    });
  });

  it('takes the policies that zot takes', () => {
    const { retention } = parse(`{delay: 2h, policies: [
      {repositories: ["infra/*", "prod/*"], deleteReferrers: false,
       keepTags: [{patterns: ["v2.*", ".*-prod"]}, {patterns: ["v3.*"], pulledWithin: 168h}]},
      {repositories: ["**"], deleteReferrers: true, deleteUntagged: true,
       keepTags: [{mostRecentlyPushedCount: 10, mostRecentlyPulledCount: 0, pushedWithin: 720h}],
       keepUntagged: {mostRecentlyPulledCount: 5}}]}`);
    expect(retention).toMatchObject({
      delayMs: 7_200_000,
      policies: [
        {
          repositories: ['infra/*', 'prod/*'],
          deleteReferrers: false,
          deleteUntagged: true,
          keepTags: [{ patterns: ['v2.*', '.*-prod'] }, { patterns: ['v3.*'], pulledWithinMs: 604_800_000 }],
          keepUntagged: undefined,
        },
        {
          deleteReferrers: true,
          keepTags: [
            {
              patterns: [],
              mostRecentlyPushedCount: 10,
              mostRecentlyPulledCount: undefined,
              pushedWithinMs: 2_592_000_000,
            },
          ],
          keepUntagged: { mostRecentlyPulledCount: 5 },
        },
      ],
    });
  });

  it.each([
    ['{keepTags: [{mostRecentlyPushedCount: 1}]}', false],
    ['{keepTags: [{pulledWithin: 1h}]}', true],
    ['{keepUntagged: {mostRecentlyPulledCount: 1}}', true],
  ])('of a policy %s needs pulls: %s', async (policy, needsPulls) => {
    const config = parse(`{policies: [{repositories: ["**"], ${policy.slice(1, -1)}}]}`);
    expect((await prepareRetention(config))?.needsPulls).toBe(needsPulls);
  });

  it.each([
    ['{window: "2-5", policies: [{repositories: [a]}]}', 'outrigger.retention.window'],
    ['{policies: [{repositories: [a, "B!"]}]}', 'outrigger.retention.policies[0].repositories'],
    [
      '{policies: [{repositories: [a], keepTags: [{patterns: ["a"]}, {patterns: ["a", "("]}]}]}',
      'outrigger.retention.policies[0].keepTags[1].patterns[1]',
    ],
  ])('%s is wrong at %s', async (text, key) => {
    const wrong = prepareRetention(parse(text)).then(
      () => undefined,
      (error: unknown) => (error instanceof ConfigError ? error.issues.map((issue) => issue.key) : error),
    );
    expect(await wrong).toEqual([key]);
  });

  it.each(['{deletesPerSecond: 0}', '{policies: [{deleteUntagged: true}]}', '{delay: soon}'])(
    '%s is wrong',
    (text) => {
      expect(() => parse(text)).toThrow(ConfigError);
    },
  );
});
