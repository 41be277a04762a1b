import { expect, test } from 'vitest';
import { createApi } from '../src/api.js';
import { putObject } from '../src/put.js';
import type { StoreRequest } from '../src/send.js';
import { fakeStore, sendJson } from './fake-store.js';

test('content is sent from where it lies in memory', async () => {
  const sent: StoreRequest[] = [];
  const api = createApi('images', (request) => {
    sent.push(request);
    return Promise.reject(new Error('seen'));
  });
  const content = Buffer.from('abc');
  await expect(putObject(api, 'a', content)).rejects.toThrow('seen');
  expect(sent[0]?.content).toContain(content);
});

test('behind its metadata, as one body', async () => {
  const { api, seen } = await fakeStore((_, response) => {
    sendJson(response, 200, { size: '3' });
  });
  await putObject(api, 'a', Buffer.from('abc'));
  const [one] = seen;
  expect(one?.body).toMatch(/^--(\S+)\r\n[^]*"md5Hash":[^]*\r\n\r\nabc\r\n--\1--\r\n$/);
  expect(one?.headers['content-length']).toBe(String(one?.body.length));
  expect(one?.headers['transfer-encoding']).toBeUndefined();
});
