import { expect, test } from 'vitest';
import { tagCurrentLink } from '../../src/layout/distribution/paths.js';
import type { Presence } from '../../src/replicas/presence.js';
import { ALWAYS_ALONE } from '../../src/replicas/presence.js';
import type { TestRegistry } from '../registry-fixture.js';
import { memoryDriver, overrideDriver, pushImage, putManifest, startRegistry } from '../registry-fixture.js';
import { createFamilies } from '../replicas/families.js';

/** That of a process whose family has the store for itself. */
const OF_A_FAMILY: Presence = {
  ...ALWAYS_ALONE,
  isAlone: () => false,
  findAlone: () => Promise.resolve(false),
};

/** Counts how often the store lists the tags of a repository. */
async function startCounting(options: Parameters<typeof startRegistry>[0] = {}) {
  const driver = await memoryDriver();
  let lists = 0;
  const counting = overrideDriver(driver, {
    list: (path, listOptions) => {
      if (path.endsWith('/_manifests/tags')) lists++;
      return driver.list(path, listOptions);
    },
  });
  const registry = await startRegistry({ driver: counting, presence: ALWAYS_ALONE, ...options });
  return { driver, registry, lists: () => lists };
}

async function tagsOf(registry: TestRegistry, query = ''): Promise<unknown> {
  const answer = await registry.call('GET', `a/tags/list${query}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { tags: unknown }).tags;
}

test('a lone registry lists the tags of a repository once, until one comes or goes', async () => {
  const { registry, lists } = await startCounting();
  const { digest, content } = await pushImage(registry, 'a', 'one');
  for (let times = 0; times < 3; times++) expect(await tagsOf(registry)).toEqual(['one']);
  expect(lists()).toBe(1);
  await putManifest(registry, 'a', 'two', content);
  expect(await tagsOf(registry)).toEqual(['one', 'two']);
  expect(lists()).toBe(2);
  // A tag that is known to be there.
  await putManifest(registry, 'a', 'two', content);
  expect(await tagsOf(registry)).toEqual(['one', 'two']);
  expect(lists()).toBe(2);
  expect((await registry.call('DELETE', 'a/manifests/one')).status).toBe(202);
  expect(await tagsOf(registry)).toEqual(['two']);
  expect((await registry.call('DELETE', `a/manifests/${digest}`)).status).toBe(202);
  expect(await tagsOf(registry)).toEqual([]);
});

test('pages of what is remembered', async () => {
  const { registry, lists } = await startCounting();
  const { content } = await pushImage(registry, 'a', 'b');
  for (const tag of ['d', 'a', 'c']) await putManifest(registry, 'a', tag, content);
  expect(await tagsOf(registry)).toEqual(['a', 'b', 'c', 'd']);
  const first = await registry.call('GET', 'a/tags/list?n=3');
  expect(first.headers.get('link')).toContain('last=c');
  expect(await tagsOf(registry, '?n=3')).toEqual(['a', 'b', 'c']);
  expect(await tagsOf(registry, '?n=3&last=c')).toEqual(['d']);
  // Of a tag that is not there, between two that are.
  expect(await tagsOf(registry, '?n=2&last=aa')).toEqual(['b', 'c']);
  expect(await tagsOf(registry, '?last=d')).toEqual([]);
  expect((await registry.call('GET', 'a/tags/list?n=4')).headers.get('link')).toBeNull();
  expect(lists()).toBe(1);
});

test('what another process tells of is listed anew', async () => {
  const { driver, registry } = await startCounting();
  await pushImage(registry, 'a', 'one');
  expect(await tagsOf(registry)).toEqual(['one']);
  await driver.delete('/docker/registry/v2/repositories/a/_manifests/tags/one');
  registry.forget({ name: 'a', tag: 'one' });
  expect(await tagsOf(registry)).toEqual([]);
});

test('where nothing may be remembered the store is asked every time', async () => {
  const { registry, lists } = await startCounting({ memory: { factsMs: 0 } });
  await pushImage(registry, 'a', 'one');
  for (let times = 0; times < 2; times++) expect(await tagsOf(registry)).toEqual(['one']);
  expect(lists()).toBe(2);
});

test('too many tags are not remembered, and are all listed', async () => {
  const { driver, registry } = await startCounting();
  const { digest } = await pushImage(registry, 'a', 't');
  for (let count = 0; count < 10_001; count++)
    await driver.put(tagCurrentLink('a', `t${String(count)}`), Buffer.from(digest, 'latin1'));
  registry.forget({ name: 'a', tag: 't' });
  let seen = 0;
  for (let path: string | undefined = 'a/tags/list'; path !== undefined;) {
    const answer = await registry.call('GET', path);
    seen += ((await answer.json()) as { tags: string[] }).tags.length;
    path = /<\/v2\/([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  expect(seen).toBe(10_002);
});

test('a tag that one process sets while another one of its family deletes it is listed by both', async () => {
  const driver = await memoryDriver();
  const reached = Promise.withResolvers<undefined>();
  const go = Promise.withResolvers<undefined>();
  let isArmed = false;
  const slow = overrideDriver(driver, {
    put: async (path, content, options) => {
      if (isArmed && path === tagCurrentLink('a', 'one')) {
        reached.resolve(undefined);
        await go.promise;
      }
      return driver.put(path, content, options);
    },
  });
  const [family, otherFamily] = createFamilies();
  const first = await startRegistry({ driver: slow, presence: OF_A_FAMILY, family });
  const second = await startRegistry({ driver, presence: OF_A_FAMILY, family: otherFamily });
  const { content } = await pushImage(first, 'a', 'one');
  await putManifest(first, 'a', 'two', content);
  isArmed = true;
  const push = putManifest(first, 'a', 'one', content);
  await reached.promise;
  expect((await second.call('DELETE', 'a/manifests/one')).status).toBe(202);
  expect(await tagsOf(second)).toEqual(['two']);
  go.resolve(undefined);
  expect((await push).status).toBe(201);
  for (const registry of [first, second]) expect(await tagsOf(registry)).toEqual(['one', 'two']);
});
