import type { Multipart, MultipartStore, Part } from '@outrigger/object-store';
import { expect, test } from 'vitest';
import { createMultipartStore } from '../src/multipart.js';
import { type FakeStore, type Seen, fakeStore, resource, sendError, sendJson } from './fake-store.js';

const PARTS = 'root/_outrigger-uploads~parts/';
const SIZE = 10;

function storeOf({ api }: FakeStore): MultipartStore {
  return createMultipartStore(api, { keyPrefix: 'root/', partSize: SIZE });
}

function partsOf(count: number): Part[] {
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    size: SIZE,
    tag: `t${String(index)}`,
  }));
}

interface Composed {
  readonly sourceObjects: readonly { name: string }[];
  readonly destination: { metadata?: Record<string, string> };
}

const composed = ({ body }: Seen) => JSON.parse(body) as Composed;
const isCompose = ({ path }: Seen) => path.endsWith('/compose');

test('a part is an object of its own, and another one when it is sent again', async () => {
  const store = await fakeStore((_, response) => {
    sendJson(response, 200, { size: '3' });
  });
  const multipart = storeOf(store);
  const upload = await multipart.begin('root/a/b');
  expect(store.seen).toHaveLength(0);
  const content = Buffer.from('abc');
  const tags = [
    await multipart.uploadPart(upload, 1, content),
    await multipart.uploadPart(upload, 1, content),
  ];
  expect(tags[0]).not.toBe(tags[1]);
  const names = store.seen.map(({ query }) => query.get('name'));
  expect(names).toEqual(tags.map((tag) => `${PARTS}a/b/~${upload.id}/${tag}`));
});

test('an object of the store becomes a part without a byte that travels; one that is gone does not', async () => {
  let isThere = true;
  const store = await fakeStore((_, response) => {
    if (isThere) sendJson(response, 200, { done: true });
    else sendError(response, 404, 'no such object');
  });
  const multipart = storeOf(store);
  const upload = { key: 'root/a', id: 'ff' };
  const source = { key: 'root/tail', size: 3 };
  const tag = await multipart.copyPart?.(upload, 2, source);
  expect(tag).toMatch(/^000002-/);
  const [seen] = store.seen;
  expect(seen?.path).toBe(`/storage/v1/b/images/o/root/tail/rewriteTo/b/images/o/${PARTS}a/~ff/${tag ?? ''}`);
  expect(seen?.body).toBe('');
  isThere = false;
  expect(await multipart.copyPart?.(upload, 2, source)).toBeUndefined();
});

test('two uploads of one key have nothing in common', async () => {
  const multipart = storeOf(await fakeStore(() => undefined));
  const [first, second] = [await multipart.begin('root/a'), await multipart.begin('root/a')];
  expect(first.id).not.toBe(second.id);
});

test.each([
  [1, [1]],
  [32, [32]],
  [33, [32, 1, 2]],
  [1025, [...Array.from({ length: 32 }, () => 32), 1, 32, 1, 2]],
])('%i parts are composed as a tree of at most 32 a request', async (count, expected) => {
  const store = await fakeStore((seen, response) => {
    if (seen.method === 'GET') sendJson(response, 200, {});
    else sendJson(response, 200, { size: String(count * SIZE) });
  });
  await storeOf(store).complete({ key: 'root/a', id: 'ff' }, partsOf(count));
  const requests = store.seen.filter(isCompose);
  const counts = requests.map((seen) => composed(seen).sourceObjects.length);
  expect(counts.sort()).toEqual([...expected].sort());
  const last = requests.at(-1);
  expect(last?.path).toBe('/storage/v1/b/images/o/root/a/compose');
  expect(last && composed(last).destination.metadata).toEqual({ 'outrigger-upload': 'ff' });
  const leaves = requests
    .flatMap((seen) => composed(seen).sourceObjects)
    .filter(({ name }) => /t\d+$/.test(name));
  expect(leaves).toHaveLength(count);
});

test('the parts come in their order, whatever is composed first', async () => {
  const store = await fakeStore((seen, response) => {
    sendJson(response, 200, seen.method === 'GET' ? {} : { size: String(70 * SIZE) });
  });
  await storeOf(store).complete({ key: 'root/a', id: 'ff' }, partsOf(70));
  const byName = new Map<string, string[]>();
  for (const seen of store.seen.filter(isCompose)) {
    const into = seen.path.slice('/storage/v1/b/images/o/'.length, -'/compose'.length);
    byName.set(
      into,
      composed(seen).sourceObjects.map(({ name }) => name),
    );
  }
  const flatten = (name: string): string[] =>
    byName.get(name)?.flatMap(flatten) ?? [name.split('/').at(-1) ?? ''];
  expect(flatten('root/a')).toEqual(partsOf(70).map(({ tag }) => tag));
});

test('completed before, its parts gone: found to be done by what the object says', async () => {
  const store = await fakeStore((seen, response) => {
    if (isCompose(seen)) sendError(response, 404, 'No such object', 'notFound');
    else if (seen.path.endsWith('/o')) sendJson(response, 200, {});
    else sendJson(response, 200, resource('root/a', { metadata: { 'outrigger-upload': 'ff' } }));
  });
  const multipart = storeOf(store);
  await multipart.complete({ key: 'root/a', id: 'ff' }, partsOf(2));
  await expect(multipart.complete({ key: 'root/a', id: 'ee' }, partsOf(2))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
});

test('another size than that of the parts is no success', async () => {
  const store = await fakeStore((seen, response) => {
    sendJson(response, 200, seen.method === 'GET' ? resource('root/a') : { size: '1' });
  });
  await expect(storeOf(store).complete({ key: 'root/a', id: 'ff' }, partsOf(2))).rejects.toMatchObject({
    code: 'INTERNAL',
  });
});

test('an upload is abandoned when its newest part is old', async () => {
  const old = { updated: '2026-01-01T00:00:00Z' };
  const young = { updated: '2026-03-01T00:00:00Z' };
  const store = await fakeStore((_, response) => {
    sendJson(response, 200, {
      items: [
        resource(`${PARTS}a/b/~01/000001-x`, old),
        resource(`${PARTS}a/b/~01/~y`, old),
        resource(`${PARTS}a/b/~02/000001-x`, old),
        resource(`${PARTS}a/b/~02/000002-x`, young),
        resource(`${PARTS}foreign`, old),
        resource(`${PARTS}c/~03/000001-x`, old),
      ],
    });
  });
  const found: Multipart[] = [];
  for await (const each of storeOf(store).findAbandoned('root/', new Date('2026-02-01'))) found.push(each);
  expect(found).toEqual([
    { key: 'root/a/b', id: '01' },
    { key: 'root/c', id: '03' },
  ]);
  expect(store.seen[0]?.query.get('prefix')).toBe(PARTS);
});

test('an abort deletes all that lies there, not only what was told of', async () => {
  const names = ['000001-x', '000002-y', '~z'].map((name) => `${PARTS}a/~ff/${name}`);
  const store = await fakeStore((seen, response) => {
    if (seen.method === 'GET') sendJson(response, 200, { items: names.map((name) => resource(name)) });
    else sendError(response, 404, 'No such object', 'notFound');
  });
  await storeOf(store).abort({ key: 'root/a', id: 'ff' });
  const deleted = store.seen.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
  expect(deleted.sort()).toEqual(names.map((name) => `/storage/v1/b/images/o/${name}`).sort());
});
