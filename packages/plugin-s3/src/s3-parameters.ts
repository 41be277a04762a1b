import type { ParameterIssue, ParameterSchema, Parameters } from '@outrigger/driver';
import { InvalidParametersError, givenParameters, toParameterIssues } from '@outrigger/driver';
import { durationParameter, textParameter } from '@outrigger/object-store';
import { z } from 'zod';
import type { S3Config } from './config.js';
import { LOG_LEVELS } from './config.js';
import { parseEndpoint, parseRedirectEndpoint } from './endpoint.js';
import { flag, integer, word } from './parameter-types.js';
import { REGIONS } from './regions.js';

const MIB = 1024 * 1024;
/** What S3 asks of a part that is not the last. */
export const MIN_PART = 5 * MIB;
export const MAX_PART = 5 * 1024 * MIB;
export const DEFAULT_CHUNK = 10 * MIB;
export const DEFAULT_COPY = { chunkSize: 32 * MIB, concurrency: 100, threshold: 32 * MIB } as const;

const STORAGE_CLASSES = [
  'NONE',
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'OUTPOSTS',
  'GLACIER_IR',
  'EXPRESS_ONEZONE',
] as const;
const ACLS = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
] as const;

/** Names, defaults and checks are those of Distribution's code (registry/storage/driver/s3-aws), where its page says otherwise too. */
const schema = z.strictObject({
  accesskey: textParameter().meta({
    description: 'Access key id. Without it the credentials come from the chain of the AWS SDK.',
    'x-secret': true,
  }),
  secretkey: textParameter().meta({
    description: 'Secret access key that belongs to `accesskey`.',
    'x-secret': true,
  }),
  region: textParameter().meta({
    description:
      'Region of the bucket, e.g. `eu-central-1`. Required, unless `regionendpoint` is given: then `us-east-1`.',
  }),
  regionendpoint: textParameter().meta({ description: 'URL or host of a store that is not AWS.' }),
  redirectendpoint: textParameter().meta({
    description:
      'URL, without a path, under which clients reach the store, for redirects only. Default: as this driver.',
  }),
  forcepathstyle: flag(false).meta({
    description: 'The bucket is in the path of the URLs and not in their host. Most stores but AWS want it.',
  }),
  bucket: textParameter().meta({ description: 'The bucket. Required; it has to be there.' }),
  encrypt: flag(false).meta({
    description: 'The store encrypts what is written (AES256, or KMS with `keyid`).',
  }),
  keyid: textParameter().meta({ description: 'KMS key to encrypt with. Needs `encrypt`.' }),
  secure: flag(true).meta({ description: 'HTTPS, where the endpoint does not say which.' }),
  skipverify: flag(false).meta({ description: 'Accepts any certificate of the store.' }),
  v4auth: flag(true).meta({ description: 'Signature version 4. `false` is refused.' }),
  chunksize: integer(DEFAULT_CHUNK, MIN_PART, MAX_PART).meta({
    description: 'Bytes of a part of an upload. An object has at most 10,000 parts.',
  }),
  multipartcopychunksize: integer(DEFAULT_COPY.chunkSize, MIN_PART, MAX_PART).meta({
    description: 'Bytes of a part of a copy in the store.',
  }),
  multipartcopymaxconcurrency: integer(DEFAULT_COPY.concurrency, 1).meta({
    description: 'Parts that are copied at a time. More than 100 count as 100.',
  }),
  multipartcopythresholdsize: integer(DEFAULT_COPY.threshold, 0, MAX_PART).meta({
    description: 'Objects of more bytes are copied in parts.',
  }),
  rootdirectory: textParameter().meta({ description: 'Prefix of all keys. Default: none.' }),
  storageclass: word(STORAGE_CLASSES, upper).prefault('STANDARD').meta({
    description: 'Storage class of what is written. `NONE`: the header is not sent.',
  }),
  useragent: textParameter().meta({ description: 'Added to the header `User-Agent`.' }),
  objectacl: word(ACLS).prefault('private').meta({ description: 'Canned ACL of what is written.' }),
  usedualstack: flag(false).meta({ description: 'Endpoints of AWS for IPv4 and IPv6.' }),
  accelerate: flag(false).meta({ description: 'Endpoints of S3 Transfer Acceleration.' }),
  usefipsendpoint: flag(false).meta({ description: 'FIPS endpoints of AWS.' }),
  abandonedafter: durationParameter().meta({
    description:
      'Uploads in parts that nobody went on with for so long are ended, at the start and every hour, e.g. `72h`. Default: `168h`.',
  }),
  loglevel: word(LOG_LEVELS, logLevel).prefault('off').meta({
    description: 'Which requests the log shows. Never a body, a signature or a URL with one.',
  }),
});

type Given = z.output<typeof schema>;

export const s3ParameterSchema: ParameterSchema = z.toJSONSchema(schema, { io: 'input' });

/** @throws InvalidParametersError with everything that is wrong */
export function parseS3Parameters(driver: string, parameters: Parameters): S3Config {
  const result = schema.safeParse(givenParameters(parameters));
  if (!result.success) throw new InvalidParametersError(driver, toParameterIssues(result.error.issues));
  const given = result.data;
  const endpoint = parsed(given.regionendpoint, (value) => parseEndpoint(value, given.secure));
  const redirectEndpoint = parsed(given.redirectendpoint, parseRedirectEndpoint);
  const issues = [
    ...findIssues(given),
    ...issueOf('regionendpoint', endpoint),
    ...issueOf('redirectendpoint', redirectEndpoint),
  ];
  const { bucket } = given;
  if (issues.length > 0 || bucket === undefined) throw new InvalidParametersError(driver, issues);
  return {
    name: driver,
    names: {
      accessKey: 'accesskey',
      secretKey: 'secretkey',
      region: 'region',
      endpoint: 'regionendpoint',
      encryptionKey: 'keyid',
    },
    credentials: toCredentials(given.accesskey, given.secretkey),
    region: given.region ?? 'us-east-1',
    endpoint: endpoint instanceof URL ? endpoint : undefined,
    redirectEndpoint: redirectEndpoint instanceof URL ? redirectEndpoint : undefined,
    forcePathStyle: given.forcepathstyle,
    bucket,
    rootDirectory: given.rootdirectory ?? '',
    encryption: given.encrypt ? { keyId: given.keyid } : undefined,
    storageClass: given.storageclass === 'NONE' ? undefined : given.storageclass,
    acl: given.objectacl === 'private' ? undefined : given.objectacl,
    secure: given.secure,
    skipVerify: given.skipverify,
    useDualStack: given.usedualstack,
    accelerate: given.accelerate,
    useFips: given.usefipsendpoint,
    userAgent: given.useragent,
    chunkSize: given.chunksize,
    copy: {
      chunkSize: given.multipartcopychunksize,
      concurrency: Math.min(given.multipartcopymaxconcurrency, DEFAULT_COPY.concurrency),
      threshold: given.multipartcopythresholdsize,
    },
    abandonedAfterMs: given.abandonedafter,
    logLevel: given.loglevel,
  };
}

/** Both or neither, which is checked elsewhere. */
export function toCredentials(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
): S3Config['credentials'] {
  return accessKeyId === undefined || secretAccessKey === undefined
    ? undefined
    : { accessKeyId, secretAccessKey };
}

export function parsed(
  given: string | undefined,
  parse: (given: string) => URL | string,
): URL | string | undefined {
  return given === undefined ? undefined : parse(given);
}

export function issueOf(key: string, result: URL | string | undefined): ParameterIssue[] {
  return typeof result === 'string' ? [{ key, message: result }] : [];
}

/** What is wrong with parameters that are right each by itself. */
function findIssues(given: Given): ParameterIssue[] {
  const isAws = given.regionendpoint === undefined;
  const { region } = given;
  const checks: readonly (readonly [wrong: boolean, key: keyof Given, message: string])[] = [
    [given.bucket === undefined, 'bucket', 'is required'],
    [given.bucket !== undefined && !isBucketName(given.bucket), 'bucket', NO_BUCKET],
    [
      (given.bucket ?? '').endsWith('--x-s3'),
      'bucket',
      'is a directory bucket, which lists its keys in no order',
    ],
    [isAws && region === undefined, 'region', 'is required, unless regionendpoint is given'],
    [
      isAws && region !== undefined && !REGIONS.has(region),
      'region',
      'is no region of AWS that this version knows (for another store, or a newer region, give regionendpoint too)',
    ],
    [!isAws && region !== undefined && !isRegionName(region), 'region', NO_REGION],
    [
      given.accesskey !== undefined && given.secretkey === undefined,
      'secretkey',
      'is required with accesskey',
    ],
    [
      given.secretkey !== undefined && given.accesskey === undefined,
      'accesskey',
      'is required with secretkey',
    ],
    [given.keyid !== undefined && !given.encrypt, 'keyid', 'needs encrypt: true'],
    [!given.v4auth, 'v4auth', 'false is not supported: requests are signed with version 4 only'],
    [given.usedualstack && !isAws, 'usedualstack', 'is for the endpoints of AWS, not for a regionendpoint'],
    [given.accelerate && !isAws, 'accelerate', 'is for the endpoints of AWS, not for a regionendpoint'],
    [
      given.usefipsendpoint && !isAws,
      'usefipsendpoint',
      'is for the endpoints of AWS, not for a regionendpoint',
    ],
    [given.accelerate && given.forcepathstyle, 'accelerate', 'does not go with forcepathstyle'],
    [given.accelerate && given.usefipsendpoint, 'accelerate', 'does not go with usefipsendpoint'],
    [!/^[ -~]*$/.test(given.useragent ?? ''), 'useragent', 'must be printable ASCII'],
  ];
  return checks.flatMap(([wrong, key, message]) => (wrong ? [{ key, message }] : []));
}

/** Old buckets have names that new ones may not have. */
export function isBucketName(given: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(given);
}

/** It becomes a part of a host name. */
export function isRegionName(given: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(given);
}

export const NO_BUCKET = 'is no name of a bucket (of an access point give the alias)';
export const NO_REGION = 'is no name of a region';

function upper(given: unknown): unknown {
  return typeof given === 'string' ? given.toUpperCase() : given;
}

/** YAML 1.1 reads `off` as false. */
function logLevel(given: unknown): unknown {
  if (given === false) return 'off';
  return typeof given === 'string' ? given.toLowerCase() : given;
}
