import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Decision, Presence, RetentionPolicy } from '../../src/index.js';
import { ALWAYS_ALONE, compilePolicies } from '../../src/index.js';
import { runRetention } from '../../src/retention/pass.js';
import type { Deleted } from '../../src/retention/apply.js';
import { deleteEvent } from '../../src/retention/delete-event.js';
import { createStore } from '../../src/store.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  digestOf,
  overrideDriver,
  pushImage,
  putManifest,
  startRegistry,
} from '../registry-fixture.js';

const HOUR = 3_600_000;
const NAME = 'team/app';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Retention {
  readonly deleted: readonly Deleted[];
  readonly decided: readonly Decision[];
  readonly failed: readonly string[];
}

interface RetainOptions {
  readonly policy?: Partial<RetentionPolicy>;
  readonly dryRun?: boolean;
  /** Runs once, between the first decision and the first delete. */
  readonly meanwhile?: () => Promise<unknown>;
  readonly driver?: TestRegistry['driver'];
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

async function retain(registry: TestRegistry, options: RetainOptions = {}): Promise<Retention> {
  const { policy, dryRun = false, meanwhile } = options;
  let joining = meanwhile;
  const presence: Presence = {
    ...ALWAYS_ALONE,
    get joining() {
      const run = joining;
      joining = undefined;
      return run?.().then(() => undefined);
    },
  };
  const deleted: Deleted[] = [];
  const decided: Decision[] = [];
  const failed: string[] = [];
  await runRetention({
    store: createStore(options.driver ?? registry.driver, silent, { presence, memory: { factsMs: 0 } }),
    policies: await compilePolicies([
      {
        repositories: ['team/*'],
        deleteReferrers: true,
        deleteUntagged: true,
        keepTags: [{ patterns: ['^keep'] }],
        keepUntagged: undefined,
        ...policy,
      },
    ]),
    delayMs: 24 * HOUR,
    dryRun,
    deletesPerSecond: Infinity,
    forgetsOthers: false,
    now: () => Date.now(),
    listener: {
      decided: (decision) => void decided.push(decision),
      deleted: (what) => void deleted.push(what),
      failed: (repository) => void failed.push(repository),
    },
  });
  return { deleted, decided, failed };
}

function pass(hours: number): void {
  vi.setSystemTime(Date.now() + hours * HOUR);
}

async function tags(registry: TestRegistry): Promise<readonly string[]> {
  const answer = (await (await registry.call('GET', `${NAME}/tags/list`)).json()) as { tags: string[] };
  return answer.tags;
}

async function has(registry: TestRegistry, reference: string): Promise<boolean> {
  return (await registry.call('HEAD', `${NAME}/manifests/${reference}`)).status === 200;
}

function indexOf({ digest, content }: { digest: string; content: Buffer }): string {
  const manifests = [{ mediaType: OCI_MANIFEST, digest, size: content.length }];
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}

describe('applying policies', () => {
  it('deletes tags, what only they named, and its referrers; the rest stays', async () => {
    const registry = await startRegistry();
    const keep = await pushImage(registry, NAME, 'keep');
    const old = await pushImage(registry, NAME, 'old');
    const subject = { mediaType: OCI_MANIFEST, digest: old.digest, size: old.content.length };
    const sbom = await pushReferrer(registry, subject);
    pass(48);
    const young = await pushImage(registry, NAME, 'young');
    const { deleted } = await retain(registry);
    expect(deleted.map(({ tag, digest }) => tag ?? digest)).toEqual(['old', old.digest, sbom.digest]);
    expect(await tags(registry)).toEqual(['keep', 'young']);
    expect(await has(registry, keep.digest)).toBe(true);
    expect(await has(registry, young.digest)).toBe(true);
    expect(await has(registry, old.digest)).toBe(false);
    const referrers = await registry.call('GET', `${NAME}/referrers/${old.digest}`);
    expect(await referrers.json()).toMatchObject({ manifests: [] });
  });

  it('deletes nothing in a dry run, and writes nothing', async () => {
    const registry = await startRegistry();
    await pushImage(registry, NAME, 'old');
    pass(48);
    const refuse = () => Promise.reject(new Error('written'));
    const driver = overrideDriver(registry.driver, { put: refuse, delete: refuse, move: refuse });
    const { deleted, decided, failed } = await retain(registry, { dryRun: true, driver });
    expect(decided.filter(({ keeps }) => !keeps)).toHaveLength(2);
    expect([deleted, failed]).toEqual([[], []]);
    expect(await tags(registry)).toEqual(['old']);
  });

  it.each(['what it named before', 'something else'])(
    'spares a tag that was pushed since it was decided on, to %s',
    async (what) => {
      const registry = await startRegistry();
      const old = await pushImage(registry, NAME, 'old');
      pass(48);
      const meanwhile = async () => {
        pass(1);
        if (what === 'something else') await pushImage(registry, NAME, 'old');
        else await putManifest(registry, NAME, 'old', old.content);
      };
      await retain(registry, { meanwhile });
      expect(await has(registry, 'old')).toBe(true);
      expect(await has(registry, old.digest)).toBe(what === 'what it named before');
    },
  );

  it('spares the children of an index whose tag was pushed since', async () => {
    const registry = await startRegistry();
    const image = await pushImage(registry, NAME, 'child');
    await registry.call('DELETE', `${NAME}/manifests/child`);
    const index = indexOf(image);
    expect((await putManifest(registry, NAME, 'old', index, OCI_INDEX)).status).toBe(201);
    pass(48);
    const meanwhile = async () => {
      pass(1);
      await putManifest(registry, NAME, 'old', index, OCI_INDEX);
    };
    await retain(registry, { meanwhile });
    expect(await has(registry, 'old')).toBe(true);
    expect(await has(registry, image.digest)).toBe(true);
  });

  it('spares a manifest that was tagged since', async () => {
    const registry = await startRegistry();
    const image = await pushImage(registry, NAME, 'old');
    await registry.call('DELETE', `${NAME}/manifests/old`);
    pass(48);
    await retain(registry, { meanwhile: () => putManifest(registry, NAME, 'keep', image.content) });
    expect(await has(registry, image.digest)).toBe(true);
  });

  it('goes on with the other repositories when one fails', async () => {
    const registry = await startRegistry();
    await pushImage(registry, 'team/a', 'old');
    await pushImage(registry, NAME, 'old');
    pass(48);
    const driver = overrideDriver(registry.driver, {
      get: (path, options) =>
        path.includes('/team/a/')
          ? Promise.reject(new Error('a bad disk'))
          : registry.driver.get(path, options),
    });
    const { failed } = await retain(registry, { driver });
    expect(failed).toEqual(['team/a']);
    expect(await tags(registry)).toEqual([]);
  });
});

async function pushReferrer(
  registry: TestRegistry,
  subject: Readonly<Record<string, unknown>>,
): Promise<{ digest: string }> {
  const content = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    artifactType: 'application/x-sbom',
    manifests: [],
    subject,
  });
  const digest = digestOf(content);
  await putManifest(registry, NAME, digest, content, OCI_INDEX);
  return { digest };
}

describe('what is told of a delete', () => {
  it('is what is told of a delete by a client, with the reason', () => {
    const tag = deleteEvent({ repository: NAME, tag: 'old', digest: 'sha256:x', reason: 'a rule' });
    expect(tag).toMatchObject({
      action: 'delete',
      target: { repository: NAME, tag: 'old' },
      request: { method: 'DELETE', useragent: 'outrigger/retention' },
      actor: {},
      reason: 'a rule',
    });
    expect(tag.target).not.toHaveProperty('digest');
    const manifest = deleteEvent({ repository: NAME, digest: 'sha256:x', reason: 'a rule' });
    expect(manifest.target).toEqual({ repository: NAME, digest: 'sha256:x' });
  });
});
