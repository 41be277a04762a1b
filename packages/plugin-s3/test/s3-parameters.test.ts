import { InvalidParametersError } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import { s3 } from '../src/index.js';
import { parseS3Parameters } from '../src/s3-parameters.js';

const MIB = 1024 * 1024;
const AWS = { bucket: 'b-1', region: 'eu-central-1' };

test('defaults are those of the code of Distribution', () => {
  expect(parseS3Parameters('s3', AWS)).toMatchObject({
    name: 's3',
    credentials: undefined,
    region: 'eu-central-1',
    endpoint: undefined,
    redirectEndpoint: undefined,
    forcePathStyle: false,
    rootDirectory: '',
    encryption: undefined,
    storageClass: 'STANDARD',
    acl: undefined,
    secure: true,
    skipVerify: false,
    useDualStack: false,
    accelerate: false,
    useFips: false,
    userAgent: undefined,
    chunkSize: 10 * MIB,
    copy: { chunkSize: 32 * MIB, concurrency: 100, threshold: 32 * MIB },
    logLevel: 'off',
  });
});

test('everything may be given as a text, or as YAML makes of it', () => {
  const config = parseS3Parameters('s3', {
    accesskey: 'key',
    secretkey: 'secret',
    region: '',
    regionendpoint: 'store:9000',
    redirectendpoint: 'https://public:8443/',
    forcepathstyle: 'true',
    bucket: 12345,
    encrypt: 'T',
    keyid: 'k1',
    secure: 'false',
    skipverify: '1',
    v4auth: 'true',
    chunksize: '5242880',
    multipartcopychunksize: '5242880',
    multipartcopymaxconcurrency: '7',
    multipartcopythresholdsize: '0',
    rootdirectory: '/some/root',
    storageclass: 'standard_ia',
    useragent: 'me/1',
    objectacl: 'bucket-owner-full-control',
    usedualstack: 'f',
    accelerate: null,
    usefipsendpoint: false,
    loglevel: 'Debug',
  });
  expect(config).toMatchObject({
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    region: 'us-east-1',
    forcePathStyle: true,
    bucket: '12345',
    rootDirectory: '/some/root',
    encryption: { keyId: 'k1' },
    storageClass: 'STANDARD_IA',
    acl: 'bucket-owner-full-control',
    skipVerify: true,
    userAgent: 'me/1',
    chunkSize: 5 * MIB,
    copy: { chunkSize: 5 * MIB, concurrency: 7, threshold: 0 },
    logLevel: 'debug',
  });
  expect(config.endpoint?.href).toBe('http://store:9000/');
  expect(config.redirectEndpoint?.href).toBe('https://public:8443/');
});

test.each([
  [{ storageclass: 'NONE' }, { storageClass: undefined }],
  [{ objectacl: 'private' }, { acl: undefined }],
  [{ loglevel: false }, { logLevel: 'off' }],
  [{ multipartcopymaxconcurrency: 1000 }, { copy: { concurrency: 100 } }],
  [{ accesskey: '', secretkey: '' }, { credentials: undefined }],
])('%j is %j', (given, expected) => {
  expect(parseS3Parameters('s3', { ...AWS, ...given })).toMatchObject(expected);
});

const S = 's3cret';
describe('a refusal names the keys and no value', () => {
  test.each([
    [{}, ['bucket', 'region']],
    [{ bucket: 'b-1' }, ['region']],
    [{ bucket: 'b-1', region: S }, ['region']],
    [{ bucket: 'b-1', region: 'eu-cental-1' }, ['region']],
    [{ ...AWS, bucket: `${S}/x` }, ['bucket']],
    [{ ...AWS, bucket: `${S}--x-s3` }, ['bucket']],
    [{ ...AWS, bucket: '' }, ['bucket']],
    [{ ...AWS, accesskey: S }, ['secretkey']],
    [{ ...AWS, secretkey: S }, ['accesskey']],
    [{ ...AWS, secretkey: { from: S } }, ['secretkey']],
    [{ ...AWS, keyid: S }, ['keyid']],
    [{ ...AWS, v4auth: false }, ['v4auth']],
    [{ ...AWS, secure: S }, ['secure']],
    [{ ...AWS, encrypt: 'yes' }, ['encrypt']],
    [{ ...AWS, chunksize: 5 * MIB - 1 }, ['chunksize']],
    [{ ...AWS, chunksize: '5120 MiB' }, ['chunksize']],
    [{ ...AWS, chunksize: 5 * 1024 * MIB + 1 }, ['chunksize']],
    [{ ...AWS, multipartcopychunksize: 1 }, ['multipartcopychunksize']],
    [{ ...AWS, multipartcopymaxconcurrency: 0 }, ['multipartcopymaxconcurrency']],
    [{ ...AWS, multipartcopythresholdsize: -1 }, ['multipartcopythresholdsize']],
    [{ ...AWS, storageclass: S }, ['storageclass']],
    [{ ...AWS, objectacl: S }, ['objectacl']],
    [{ ...AWS, loglevel: S }, ['loglevel']],
    [{ ...AWS, useragent: `${S}\n` }, ['useragent']],
    [{ ...AWS, accelerate: true, forcepathstyle: true }, ['accelerate']],
    [{ ...AWS, accelerate: true, usefipsendpoint: true }, ['accelerate']],
    [
      { ...AWS, regionendpoint: 'x', accelerate: true, usedualstack: true, usefipsendpoint: true },
      ['accelerate', 'accelerate', 'usedualstack', 'usefipsendpoint'],
    ],
    [{ ...AWS, regionendpoint: `https://${S}:${S}@host` }, ['regionendpoint']],
    [{ ...AWS, regionendpoint: `ftp://${S}` }, ['regionendpoint']],
    [{ ...AWS, regionendpoint: `https://${S}?a` }, ['regionendpoint']],
    [{ ...AWS, regionendpoint: `http://:${S}` }, ['regionendpoint']],
    [{ ...AWS, regionendpoint: 'host', region: `a ${S}` }, ['region']],
    [{ ...AWS, redirectendpoint: S }, ['redirectendpoint']],
    [{ ...AWS, redirectendpoint: `https://host/${S}` }, ['redirectendpoint']],
    [{ ...AWS, redirectendpoint: `https://host?${S}` }, ['redirectendpoint']],
    [{ ...AWS, nosuchkey: S }, ['nosuchkey']],
  ])('%j', async (parameters, keys) => {
    const error: unknown = await s3.create(parameters).catch((thrown: unknown) => thrown);
    if (!(error instanceof InvalidParametersError)) throw error;
    expect(error.issues.map(({ key }) => key).sort()).toEqual(keys);
    expect(error.message).not.toContain(S);
  });
});

test('the schema knows the 24 keys of Distribution and one more, and which of them are secret', () => {
  const properties = Object.entries(s3.parameters.properties ?? {});
  expect(properties).toHaveLength(25);
  const secret = properties.filter(([, schema]) => typeof schema === 'object' && 'x-secret' in schema);
  expect(secret.map(([key]) => key)).toEqual(['accesskey', 'secretkey']);
  expect(s3.parameters).toMatchObject({
    additionalProperties: false,
    properties: {
      chunksize: { default: 10 * MIB },
      secure: { default: true },
      storageclass: { default: 'STANDARD' },
      objectacl: { default: 'private' },
    },
  });
});
