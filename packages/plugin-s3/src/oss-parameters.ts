import type { ParameterSchema, Parameters } from '@outrigger/driver';
import { InvalidParametersError, givenParameters, toParameterIssues } from '@outrigger/driver';
import { textParameter } from '@outrigger/object-store';
import { z } from 'zod';
import type { S3Config } from './config.js';
import { parseEndpoint } from './endpoint.js';
import { flag, integer } from './parameter-types.js';
import {
  DEFAULT_CHUNK,
  DEFAULT_COPY,
  MAX_PART,
  MIN_PART,
  NO_BUCKET,
  NO_REGION,
  isBucketName,
  isRegionName,
  issueOf,
  parsed,
  toCredentials,
} from './s3-parameters.js';

const REQUIRED = ['accesskeyid', 'accesskeysecret', 'region', 'bucket'] as const;

/** The parameters of Distribution 2's driver for Alibaba Cloud OSS. */
const schema = z.strictObject({
  accesskeyid: textParameter().meta({ description: 'AccessKey id. Required.', 'x-secret': true }),
  accesskeysecret: textParameter().meta({ description: 'AccessKey secret. Required.', 'x-secret': true }),
  region: textParameter().meta({ description: 'Region of the bucket, e.g. `oss-cn-hangzhou`. Required.' }),
  endpoint: textParameter().meta({ description: 'URL or host of the store. Default: that of the region.' }),
  internal: flag(false).meta({
    description: 'The endpoint inside of the network of Alibaba Cloud. Redirects lead there too.',
  }),
  bucket: textParameter().meta({ description: 'The bucket. Required; it has to be there.' }),
  encrypt: flag(false).meta({
    description: 'The store encrypts what is written (AES256, or KMS with `encryptionkeyid`).',
  }),
  encryptionkeyid: textParameter().meta({ description: 'KMS key to encrypt with. Needs `encrypt`.' }),
  secure: flag(true).meta({ description: 'HTTPS, where the endpoint does not say which.' }),
  chunksize: integer(DEFAULT_CHUNK, MIN_PART, MAX_PART).meta({
    description: 'Bytes of a part of an upload. An object has at most 10,000 parts.',
  }),
  rootdirectory: textParameter().meta({ description: 'Prefix of all keys. Default: none.' }),
});

export const ossParameterSchema: ParameterSchema = z.toJSONSchema(schema, { io: 'input' });

/** @throws InvalidParametersError with everything that is wrong */
export function parseOssParameters(driver: string, parameters: Parameters): S3Config {
  const result = schema.safeParse(givenParameters(parameters));
  if (!result.success) throw new InvalidParametersError(driver, toParameterIssues(result.error.issues));
  const given = result.data;
  const endpoint = parsed(given.endpoint, (value) => parseEndpoint(value, given.secure));
  const issues = [
    ...REQUIRED.flatMap((key) => (given[key] === undefined ? [{ key, message: 'is required' }] : [])),
    ...issueOf('endpoint', endpoint),
    ...(given.bucket !== undefined && !isBucketName(given.bucket)
      ? [{ key: 'bucket', message: NO_BUCKET }]
      : []),
    ...(given.region !== undefined && !isRegionName(given.region)
      ? [{ key: 'region', message: NO_REGION }]
      : []),
    ...(given.encryptionkeyid !== undefined && !given.encrypt
      ? [{ key: 'encryptionkeyid', message: 'needs encrypt: true' }]
      : []),
  ];
  const { region, bucket } = given;
  if (issues.length > 0 || region === undefined || bucket === undefined)
    throw new InvalidParametersError(driver, issues);
  return {
    name: driver,
    names: {
      accessKey: 'accesskeyid',
      secretKey: 'accesskeysecret',
      region: 'region',
      endpoint: 'endpoint',
      encryptionKey: 'encryptionkeyid',
    },
    credentials: toCredentials(given.accesskeyid, given.accesskeysecret),
    region: region.replace(/^oss-/, ''),
    endpoint: endpoint instanceof URL ? endpoint : ossEndpoint(region, given),
    redirectEndpoint: undefined,
    forcePathStyle: false,
    bucket,
    rootDirectory: given.rootdirectory ?? '',
    encryption: given.encrypt ? { keyId: given.encryptionkeyid } : undefined,
    storageClass: undefined,
    acl: undefined,
    secure: given.secure,
    skipVerify: false,
    useDualStack: false,
    accelerate: false,
    useFips: false,
    userAgent: undefined,
    chunkSize: given.chunksize,
    copy: DEFAULT_COPY,
    abandonedAfterMs: undefined,
    logLevel: 'off',
  };
}

/** OSS speaks S3 at hosts of their own: https://help.aliyun.com/en/oss/developer-reference/use-aws-sdks-to-access-oss */
function ossEndpoint(region: string, { internal, secure }: { internal: boolean; secure: boolean }): URL {
  const name = region.startsWith('oss-') ? region : `oss-${region}`;
  const host = `s3.${name}${internal ? '-internal' : ''}.aliyuncs.com`;
  return new URL(`${secure ? 'https' : 'http'}://${host}`);
}
