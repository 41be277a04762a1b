import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import type { Decision } from '../../packages/registry/src/index.js';
import { pushSmallImage } from '../distribution/actions.js';
import { request } from '../harness/http.js';
import { MAIN } from '../harness/paths.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';
import { notify, startListener } from '../notifications/listener.js';

const NAME = 'team/app';
const HOUR = 3_600_000;

const POLICY = {
  repositories: ['team/**'],
  deleteReferrers: true,
  keepTags: [{ patterns: ['^keep'] }],
};

test('of two registries with policies one applies them, in the window, and tells of each delete once', async () => {
  const store = await temporaryDirectory();
  const tags = ['keep', 'young', ...Array.from({ length: 13 }, (_, index) => `old${String(index)}`)];
  const digests = await pushAll(store, tags);
  await makeOld(
    store,
    tags.filter((tag) => tag !== 'young'),
  );
  const listener = await startListener();
  const audits = [join(await temporaryDirectory(), 'audit'), join(await temporaryDirectory(), 'audit')];
  // Some deletes at a time, with seconds in between: enough for a push.
  const retention = {
    window: windowAround(Date.now()),
    interval: '24h',
    deletesPerSecond: 2,
    policies: [POLICY],
  };
  const [first, second] = (await Promise.all(
    audits.map((file) =>
      testRegistry({
        store,
        sections: {
          ...notify(listener),
          outrigger: { profile: 'strict', retention, auditLog: { enabled: true, file } },
        },
      }),
    ),
  )) as [RunningRegistry, RunningRegistry];

  await until('the first deletes', async () => (await listTags(second)).length < tags.length);
  const spared = (await listTags(second)).findLast((tag) => tag.startsWith('old')) ?? 'old12';
  await pushSmallImage(second.url, NAME, spared);

  const hasApplied = (registry: RunningRegistry) =>
    /retention: \d+ tags and \d+ manifests deleted/.test(registry.logs());
  await until('the end of the pass', () => hasApplied(first) || hasApplied(second));
  const other = hasApplied(first) ? second : first;
  await until('the other one to see it', () =>
    other.logs().includes('another registry has applied the policies'),
  );
  expect(hasApplied(other)).toBe(false);

  expect(new Set(await listTags(other))).toEqual(new Set(['keep', 'young', spared]));
  for (const tag of ['keep', 'young', spared])
    expect(await status(other, `${NAME}/manifests/${String(digests.get(tag))}`), tag).toBe(200);

  const gone = tags.filter((tag) => tag.startsWith('old') && tag !== spared);
  const deletes = () => listener.events.filter(({ action }) => action === 'delete');
  // The one that was pushed again may have been gone before.
  await until('all notifications', () => deletes().length >= 2 * gone.length);
  const told = deletes().flatMap(({ target }) => (typeof target.tag === 'string' ? [target.tag] : []));
  expect(new Set(told)).toEqual(new Set([...gone, ...told.filter((tag) => tag === spared)]));
  expect(told).toHaveLength(new Set(told).size);
  await Promise.all([first.stop(), second.stop()]);
  const lines = (await Promise.all(audits.map((file) => readFile(file, 'utf8')))).join('');
  const entries = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const audited = entries.filter(({ action, tag }) => action === 'delete' && tag === gone[0]);
  expect(audited).toMatchObject([
    { repository: NAME, result: 'ok', reason: 'policies[0] "team/**": no pattern of keepTags matches' },
  ]);
});

test('the command explains each decision, by what was pulled too, and deletes beside a registry', async () => {
  const store = await temporaryDirectory();
  await pushAll(store, ['pulled', 'other']);
  await makeOld(store, ['pulled', 'other']);
  // Recorded for long: what is not known to be pulled was not pulled then.
  await writeRecording(store, Date.now());
  const policies = [{ repositories: ['**'], keepTags: [{ pulledWithin: '24h' }] }];
  const sections = { outrigger: { profile: 'strict', retention: { dryRun: true, policies } } };
  const registry = await testRegistry({ store, sections });
  expect(await status(registry, `${NAME}/manifests/pulled`)).toBe(200);
  // Pulls are written when it stops, at the latest.
  await registry.stop();
  const again = await testRegistry({ store, sections });
  const config = join(await temporaryDirectory(), 'config.yml');
  await writeFile(
    config,
    JSON.stringify({
      version: '0.1',
      http: { addr: '127.0.0.1:5000' },
      storage: { filesystem: { rootdirectory: store } },
      ...sections,
    }),
  );
  const run = async (...flags: readonly string[]) =>
    (await execa(process.execPath, [MAIN, 'retention', config, ...flags], { stdin: 'ignore' })).stdout.split(
      '\n',
    );

  const dry = await run('--dry-run', '--explain', '--json');
  const decisions = dry.slice(0, -1).map((line) => JSON.parse(line) as Decision & { decision: string });
  expect(
    decisions.map(({ decision, tag, reason }) => [decision, tag, reason.replace(/\d{4}-.*Z/, 'TIME')]),
  ).toEqual([
    ['delete', 'other', expect.stringContaining('none of pulledWithin 24h (pushed') as string],
    ['keep', 'pulled', 'policies[0] "**", keepTags[0] pulledWithin 24h (pulled TIME)'],
    ['delete', undefined, 'deleteUntagged of policies[0] "**"'],
  ]);
  expect(await listTags(again)).toEqual(['other', 'pulled']);

  const lines = await run();
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain(`delete ${NAME}:other `);
  expect(lines[2]).toMatch(/^deleted 1 of 2 tags and 1 of 1 untagged manifests; 1 repositories in /);
  expect(await listTags(again)).toEqual(['pulled']);
  expect(await status(again, `${NAME}/manifests/other`)).toBe(404);
});

/** Pushes an image under each tag. */
async function pushAll(store: string, tags: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const registry = await testRegistry({ store });
  const digests = new Map<string, string>();
  for (const tag of tags) digests.set(tag, (await pushSmallImage(registry.url, NAME, tag)).digest);
  await registry.stop();
  return digests;
}

/** As if tags and what they name had been pushed long ago. */
async function makeOld(store: string, tags: readonly string[]): Promise<void> {
  const manifests = join(store, 'docker/registry/v2/repositories', NAME, '_manifests');
  const then = new Date(Date.now() - 72 * HOUR);
  for (const tag of tags) {
    const link = join(manifests, 'tags', tag, 'current/link');
    await utimes(link, then, then);
    const [algorithm = '', hex = ''] = (await readFile(link, 'utf8')).split(':');
    await utimes(join(manifests, 'revisions', algorithm, hex, 'link'), then, then);
  }
}

async function writeRecording(store: string, until: number): Promise<void> {
  const own = join(store, 'docker/registry/v2/_outrigger/retention');
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'recording'), `0 ${String(until)}`);
}

/** From an hour before until two hours after. */
function windowAround(now: number): string {
  const time = (ms: number) => new Date(ms).toISOString().slice(11, 16);
  return `${time(now - HOUR)}-${time(now + 2 * HOUR)}`;
}

async function listTags({ url }: RunningRegistry): Promise<string[]> {
  const { body } = await request(`${url}/v2/${NAME}/tags/list`);
  return (JSON.parse(body.toString()) as { tags: string[] }).tags;
}

async function status({ url }: RunningRegistry, path: string): Promise<number> {
  return (await request(`${url}/v2/${path}`, { headers: { accept: '*/*' } })).status;
}
