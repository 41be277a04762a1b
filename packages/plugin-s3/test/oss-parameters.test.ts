import { InvalidParametersError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { oss } from '../src/index.js';
import { parseOssParameters } from '../src/oss-parameters.js';

const GIVEN = { accesskeyid: 'id', accesskeysecret: 'secret', region: 'oss-cn-hangzhou', bucket: 'b-1' };

test.each([
  [{}, 'https://s3.oss-cn-hangzhou.aliyuncs.com/'],
  [{ region: 'cn-hangzhou' }, 'https://s3.oss-cn-hangzhou.aliyuncs.com/'],
  [{ internal: true }, 'https://s3.oss-cn-hangzhou-internal.aliyuncs.com/'],
  [{ secure: 'false' }, 'http://s3.oss-cn-hangzhou.aliyuncs.com/'],
  [{ endpoint: 'store.local:80', secure: false }, 'http://store.local/'],
])('%j leads to %s', (given, endpoint) => {
  const config = parseOssParameters('oss', { ...GIVEN, ...given });
  expect(config.endpoint?.href).toBe(endpoint);
  expect(config).toMatchObject({
    name: 'oss',
    region: 'cn-hangzhou',
    forcePathStyle: false,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    storageClass: undefined,
    acl: undefined,
    chunkSize: 10 * 1024 * 1024,
  });
});

test('what is encrypted, and where it is', () => {
  const config = parseOssParameters('oss', {
    ...GIVEN,
    encrypt: true,
    encryptionkeyid: 'k',
    rootdirectory: '/r',
  });
  expect(config).toMatchObject({ encryption: { keyId: 'k' }, rootDirectory: '/r' });
});

test.each([
  [{}, ['accesskeyid', 'accesskeysecret', 'bucket', 'region']],
  [{ ...GIVEN, encryptionkeyid: 's3cret' }, ['encryptionkeyid']],
  [{ ...GIVEN, region: 's3cret.example/' }, ['region']],
  [{ ...GIVEN, bucket: 's3cret/' }, ['bucket']],
  [{ ...GIVEN, chunksize: 1 }, ['chunksize']],
  [{ ...GIVEN, accesskey: 's3cret' }, ['accesskey']],
])('%j is refused, naming the keys and no value', async (parameters, keys) => {
  const error: unknown = await oss.create(parameters).catch((thrown: unknown) => thrown);
  if (!(error instanceof InvalidParametersError)) throw error;
  expect(error.issues.map(({ key }) => key).sort()).toEqual(keys);
  expect(error.message).not.toContain('s3cret');
});
