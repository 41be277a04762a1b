import { expect, test } from 'vitest';
import { checkBucket } from '../src/check-bucket.js';
import { parseParameters } from '../src/config.js';
import { createSender } from '../src/send.js';
import { fakeStore, sendError, sendJson } from './fake-store.js';

const config = parseParameters({ bucket: 'images', rootdirectory: 'root' });
const credentials = { parameter: 'keyfile', json: undefined } as const;

const log = () => undefined;

function senderTo(endpoint: string, authorize = () => Promise.resolve(new Headers())) {
  return createSender({ endpoint, userAgent: 'test', authorize }).send;
}

test('one request, a list below the root', async () => {
  const { url, seen } = await fakeStore((_, response) => {
    sendJson(response, 200, {});
  });
  await checkBucket(senderTo(url), config, credentials, log);
  expect(seen).toHaveLength(1);
  expect(seen[0]?.query.get('prefix')).toBe('root/');
});

test.each([
  [404, 'The specified bucket does not exist.', 'bucket: the bucket does not exist'],
  [401, 'Invalid Credentials', 'keyfile: the credentials are refused'],
  [
    403,
    'x does not have storage.objects.list access',
    'keyfile: the permission storage.objects.list is missing',
  ],
])('status %i: the start fails, in one line', async (status, message, words) => {
  const { url } = await fakeStore((_, response) => {
    sendError(response, status, message);
  });
  await expect(checkBucket(senderTo(url), config, credentials, log)).rejects.toThrow(words);
});

test('a store that is not to be had is no fault of the configuration', async () => {
  const { url } = await fakeStore((_, response) => {
    sendError(response, 503, 'busy');
  });
  await checkBucket(senderTo(url), config, credentials, log);
});

test.each([
  [
    { response: { data: { error: 'invalid_grant', error_description: 's3cret' } } },
    'no access token (invalid_grant)',
  ],
  [
    { message: 'Could not load the default credentials. Browse to ...' },
    'neither keyfile nor credentials is given',
  ],
])('no token: said in plain words, without what the libraries say', async (failure, words) => {
  const error = Object.assign(new Error('s3cret'), failure);
  const send = senderTo('http://127.0.0.1:9', () => Promise.reject(error));
  const thrown: unknown = await checkBucket(send, config, credentials, log).catch((each: unknown) => each);
  expect(String(thrown)).toContain(words);
  expect(String(thrown)).not.toContain('s3cret');
});
