import { expect, test } from 'vitest';
import { readObject } from '../src/read.js';
import { fakeStore, resource, sendError, sendJson } from './fake-store.js';

const HEAD = {
  'x-goog-generation': '7',
  'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
};
const whole = { offset: 0, length: undefined, ifMatch: undefined };

async function bytes(body: AsyncIterable<Uint8Array> | readonly Uint8Array[]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('one request tells what it is and brings it', async () => {
  const { api, seen } = await fakeStore((_, response) => {
    response.writeHead(200, { ...HEAD, 'content-length': '6' }).end('abcdef');
  });
  const opened = await readObject(api, 'a', whole);
  expect(opened?.info).toEqual({
    key: 'a',
    size: 6,
    version: '7',
    modTime: new Date('2026-01-02T03:04:05Z'),
  });
  expect(await bytes(opened?.body ?? [])).toBe('abcdef');
  expect(seen).toHaveLength(1);
  expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer t0ken', 'accept-encoding': 'identity' });
  expect(seen[0]?.headers).not.toHaveProperty('range');
});

test('a range, of one version', async () => {
  const { api, seen } = await fakeStore((_, response) => {
    response.writeHead(206, { ...HEAD, 'content-range': 'bytes 2-3/6' }).end('cd');
  });
  const opened = await readObject(api, 'a', { offset: 2, length: 2, ifMatch: '7' });
  expect(await bytes(opened?.body ?? [])).toBe('cd');
  expect(seen[0]?.headers.range).toBe('bytes=2-3');
  expect(seen[0]?.query.get('ifGenerationMatch')).toBe('7');
});

test.each([
  ['the store says so', 412, {}],
  ['only the headers say so', 206, { ...HEAD, 'x-goog-generation': '8', 'content-range': 'bytes 2-5/6' }],
])('another version is refused: %s', async (_how, status, headers) => {
  const { api } = await fakeStore((_, response) => {
    response.writeHead(status, headers).end('cdef');
  });
  const reading = readObject(api, 'a', { offset: 2, length: undefined, ifMatch: '7' });
  await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
});

test('an offset at the end: what it is, and not a byte', async () => {
  const { api } = await fakeStore(({ query }, response) => {
    if (query.get('alt') === 'media') response.writeHead(416).end('<Error/>');
    else sendJson(response, 200, resource('a'));
  });
  const opened = await readObject(api, 'a', { offset: 3, length: undefined, ifMatch: undefined });
  expect(opened?.info.size).toBe(3);
  expect(await bytes(opened?.body ?? [])).toBe('');
});

test('a range that the store ignores is an error, not other bytes', async () => {
  const { api } = await fakeStore((_, response) => {
    response.writeHead(200, { ...HEAD, 'content-length': '6' }).end('abcdef');
  });
  const reading = readObject(api, 'a', { offset: 2, length: undefined, ifMatch: undefined });
  await expect(reading).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('a server with fewer headers is asked what it is, before the content is opened again', async () => {
  const { api, seen } = await fakeStore(({ query }, response) => {
    if (query.get('alt') === 'media') response.writeHead(200).end('abc');
    else sendJson(response, 200, resource('a'));
  });
  const opened = await readObject(api, 'a', whole);
  expect(opened?.info).toMatchObject({ size: 3, version: '7' });
  expect(await bytes(opened?.body ?? [])).toBe('abc');
  expect(seen.map(({ query }) => query.get('alt'))).toEqual(['media', null, 'media']);
});

test('nothing is there', async () => {
  const { api } = await fakeStore((_, response) => {
    sendError(response, 404, 'No such object: images/a', 'notFound');
  });
  expect(await readObject(api, 'a', whole)).toBeUndefined();
});

test('what Distribution keeps of an upload that goes on is no content', async () => {
  const { api } = await fakeStore((_, response) => {
    response.writeHead(200, { ...HEAD, 'content-type': 'application/x-docker-upload-session' }).end('tail');
  });
  expect(await readObject(api, 'a', whole)).toBeUndefined();
});

test('a body that breaks is an error', async () => {
  const { api } = await fakeStore((_, response) => {
    response.writeHead(200, { ...HEAD, 'content-length': '6' });
    response.write('abc', () => response.destroy());
  });
  const opened = await readObject(api, 'a', whole);
  await expect(bytes(opened?.body ?? [])).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
});

test('who leaves before the first byte closes the connection', async () => {
  let left: (() => void) | undefined;
  const gone = new Promise<void>((resolve) => (left = resolve));
  const { api } = await fakeStore((_, response) => {
    response.on('close', () => left?.());
    response.writeHead(200, { ...HEAD, 'content-length': '6' }).write('abc');
  });
  const opened = await readObject(api, 'a', whole);
  await opened?.body[Symbol.asyncIterator]().return?.();
  await gone;
});
