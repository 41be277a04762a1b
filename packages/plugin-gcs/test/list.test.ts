import { expect, test } from 'vitest';
import { listObjects } from '../src/list.js';
import { fakeStore, resource, sendError, sendJson } from './fake-store.js';

test('what startAfter names is left out, though the store lists from it on', async () => {
  const { api, seen } = await fakeStore((_, response) => {
    sendJson(response, 200, { items: ['d/a', 'd/b', 'd/c'].map((name) => resource(name)) });
  });
  const page = await listObjects(api, { prefix: 'd/', isShallow: false, startAfter: 'd/a', limit: 2 });
  expect(page.objects.map(({ key }) => key)).toEqual(['d/b', 'd/c']);
  expect(page.next).toBeUndefined();
  expect(seen[0]?.query.get('startOffset')).toBe('d/a');
  expect(seen[0]?.query.get('maxResults')).toBe('3');
});

test('behind a directory that was listed nothing below it is listed again', async () => {
  const { api, seen } = await fakeStore((_, response) => {
    sendJson(response, 200, { prefixes: ['d/b/'] });
  });
  const page = await listObjects(api, { prefix: 'd/', isShallow: true, startAfter: 'd/a/', limit: 5 });
  expect(seen[0]?.query.get('startOffset')).toBe('d/a0');
  expect(page.prefixes).toEqual(['d/b/']);
});

test('objects and directories together fill a page, in one order', async () => {
  const { api } = await fakeStore((_, response) => {
    sendJson(response, 200, { items: [resource('d/a'), resource('d/m')], prefixes: ['d/b/', 'd/z/'] });
  });
  const page = await listObjects(api, { prefix: 'd/', isShallow: true, limit: 3 });
  expect(page.objects.map(({ key }) => key)).toEqual(['d/a', 'd/m']);
  expect(page.prefixes).toEqual(['d/b/']);
  expect(page.next).toBe('d/m');
});

test('empty pages before the last are passed over', async () => {
  const { api, seen } = await fakeStore((_, response, turn) => {
    sendJson(response, 200, turn < 3 ? { nextPageToken: `t${String(turn)}` } : { items: [resource('d/a')] });
  });
  const page = await listObjects(api, { prefix: 'd/', isShallow: false, limit: 5 });
  expect(page.objects).toHaveLength(1);
  expect(seen.map(({ query }) => query.get('pageToken'))).toEqual([null, 't1', 't2']);
});

test('a page that is not the last says from where to go on', async () => {
  const { api } = await fakeStore((_, response) => {
    sendJson(response, 200, { items: [resource('d/a'), resource('d/b')], nextPageToken: 'x' });
  });
  expect(await listObjects(api, { prefix: 'd/', isShallow: false, limit: 2 })).toMatchObject({ next: 'd/b' });
});

test('times have whole seconds, as those of open objects', async () => {
  const { api } = await fakeStore((_, response) => {
    sendJson(response, 200, { items: [resource('d/a')] });
  });
  const { objects } = await listObjects(api, { prefix: 'd/', isShallow: false, limit: 1 });
  expect(objects[0]).toEqual({
    key: 'd/a',
    size: 3,
    version: '7',
    modTime: new Date('2026-01-02T03:04:05Z'),
  });
});

test('a bucket that is not there is no empty listing', async () => {
  const { api } = await fakeStore((_, response) => {
    sendError(response, 404, 'The specified bucket does not exist.', 'notFound');
  });
  await expect(listObjects(api, { prefix: '', isShallow: false, limit: 1 })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('the bucket does not exist') as string,
  });
});
