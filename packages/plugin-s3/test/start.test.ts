import { InvalidParametersError } from '@outrigger/driver';
import { expect, test, vi } from 'vitest';
import { parseS3Parameters } from '../src/s3-parameters.js';
import { openS3Store } from '../src/store.js';
import { NOTHING_LISTED, s3Error, startScripted } from './scripted-server.js';

test('one key below the root directory is asked for', async () => {
  const { open, asked } = await startScripted(() => NOTHING_LISTED);
  await open({ rootdirectory: '/some/root/' });
  expect(asked).toHaveLength(1);
  expect(Object.fromEntries(asked[0]?.query ?? [])).toMatchObject({ prefix: 'some/root/', 'max-keys': '1' });
});

test.each([
  ['NoSuchBucket', 404, 'bucket: there is no such bucket'],
  ['InvalidAccessKeyId', 403, 'accesskey: the store does not know this access key'],
  ['SignatureDoesNotMatch', 403, 'secretkey: the secret key does not belong to the access key'],
  ['ExpiredToken', 400, 'accesskey: the temporary credentials have expired'],
  ['PermanentRedirect', 301, 'region: the bucket lies in another region: eu-west-1'],
  ['AuthorizationHeaderMalformed', 400, 'region: the bucket lies in another region: eu-west-1'],
  ['AccessDenied', 403, 'bucket: the store does not allow it: s3:ListBucket is missing (AccessDenied)'],
  ['SomethingNew', 404, 'the store answered s3:ListBucket with 404 SomethingNew'],
  ['RequestTimeTooSkewed', 403, 'the clock of this machine differs from the clock of the store'],
])('%s fails it in one line', async (code, status, line) => {
  const region = '<Region>eu-west-1</Region><StringToSign>s3cret</StringToSign>';
  const { open } = await startScripted(() => ({ status, body: s3Error(code, region) }));
  const error: unknown = await open().catch((thrown: unknown) => thrown);
  if (!(error instanceof InvalidParametersError)) throw error;
  expect(error.message).toContain(`storage driver s3: ${line}`);
  expect(error.message).not.toMatch(/\n|s3cret/);
});

test('the clock of the store is taken over, and that it differs is told', async () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const date = new Date(Date.now() - 3_600_000).toUTCString();
  let isFirst = true;
  const { open, asked } = await startScripted(() => {
    if (!isFirst) return { ...NOTHING_LISTED, headers: { date } };
    isFirst = false;
    return { status: 403, headers: { date }, body: s3Error('RequestTimeTooSkewed') };
  });
  await open();
  expect(asked).toHaveLength(2);
  expect(stderr.mock.calls.join('')).toMatch(/differs from the clock of the store by (59|60) minutes/);
  stderr.mockRestore();
});

test('a store that is busy at the start does not fail it', async () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const { open, asked } = await startScripted(() => ({
    status: 503,
    headers: { 'retry-after': '60' },
    body: s3Error('SlowDown'),
  }));
  await open();
  expect(asked).toHaveLength(1);
  expect(stderr.mock.calls.join('')).toContain('the store is too busy (SlowDown)');
  stderr.mockRestore();
});

test('a store that cannot be reached does not fail it', async () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const { url } = await startScripted(() => ({ isLost: true }));
  const parameters = { bucket: 'b-1', accesskey: 'key', secretkey: 's3cret', regionendpoint: url };
  const store = await openS3Store(parseS3Parameters('s3', parameters));
  await store.close();
  expect(stderr.mock.calls.join('')).toContain('the store cannot be reached (ECONNRESET)');
  stderr.mockRestore();
});

test('without any credentials the start fails', async () => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_ROLE_ARN'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
  const { open } = await startScripted(() => NOTHING_LISTED);
  await expect(open({ accesskey: '', secretkey: '' })).rejects.toThrow('accesskey: there are no credentials');
  vi.unstubAllEnvs();
});
