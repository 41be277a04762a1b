import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { copyObject } from '../src/copy.js';
import { putObject } from '../src/put.js';
import { fakeStore, resource, sendError, sendJson } from './fake-store.js';

const content = Buffer.from('abc');

test('a new object: one request, that nobody else has made it meanwhile', async () => {
  const { api, seen } = await fakeStore((_, response) => {
    sendJson(response, 200, { size: '3' });
  });
  await putObject(api, 'some/key', content);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ method: 'POST', path: '/upload/storage/v1/b/images/o' });
  expect(seen[0]?.query.get('name')).toBe('some/key');
  expect(seen[0]?.query.get('ifGenerationMatch')).toBe('0');
  expect(seen[0]?.body).toContain(createHash('md5').update(content).digest('base64'));
});

test('an object that is there: this generation of it is replaced', async () => {
  const { api, seen } = await fakeStore(({ method, query }, response) => {
    if (method === 'GET') sendJson(response, 200, resource('a', { generation: '41' }));
    else if (query.get('ifGenerationMatch') === '41') sendJson(response, 200, { size: '3' });
    else sendError(response, 412, 'At least one of the pre-conditions you specified did not hold.');
  });
  await putObject(api, 'a', content);
  expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
});

test('an answer that was lost: the content that is there already is replaced by itself', async () => {
  let stored = 0;
  const { api, seen } = await fakeStore(({ method, query }, response) => {
    const isMet = query.get('ifGenerationMatch') === String(stored);
    if (method === 'GET') sendJson(response, 200, resource('a', { generation: String(stored) }));
    else if (!isMet) sendError(response, 412, 'no');
    else if (++stored === 1) response.destroy();
    else sendJson(response, 200, { size: '3' });
  });
  await putObject(api, 'a', content);
  expect(stored).toBe(2);
  expect(seen).toHaveLength(4);
});

test('somebody else replaces it meanwhile: as if that came right after', async () => {
  const { api, seen } = await fakeStore(({ method }, response) => {
    if (method === 'GET') sendJson(response, 200, resource('a'));
    else sendError(response, 412, 'no');
  });
  await putObject(api, 'a', content);
  expect(seen).toHaveLength(3);
});

test('fewer bytes than were sent are no success', async () => {
  const { api } = await fakeStore((_, response) => {
    sendJson(response, 200, { size: '2' });
  });
  await expect(putObject(api, 'a', content)).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('a copy goes on with the token until it is done', async () => {
  const { api, seen } = await fakeStore((_, response, turn) => {
    sendJson(response, 200, turn < 3 ? { done: false, rewriteToken: `t${String(turn)}` } : { done: true });
  });
  expect(await copyObject(api, 'a/b', 'c/d')).toBe(true);
  expect(seen[0]?.path).toBe('/storage/v1/b/images/o/a/b/rewriteTo/b/images/o/c/d');
  expect(seen.map(({ query }) => query.get('rewriteToken'))).toEqual([null, 't1', 't2']);
  expect(seen.map(({ query }) => query.get('ifGenerationMatch'))).toEqual(['0', '0', '0']);
});

test('a copy of nothing', async () => {
  const { api } = await fakeStore((_, response) => {
    sendError(response, 404, 'No such object: images/a', 'notFound');
  });
  expect(await copyObject(api, 'a', 'b')).toBe(false);
});
