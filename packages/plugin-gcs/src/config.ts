import { InvalidParametersError, givenParameters, toParameterIssues } from '@outrigger/driver';
import type { ParameterIssue, ParameterSchema, Parameters } from '@outrigger/driver';
import { durationParameter, integerParameter, keyPrefixOf, textParameter } from '@outrigger/object-store';
import { z } from 'zod';
import { parseEndpoint } from './endpoint.js';

export const DRIVER_NAME = 'gcs';

/** Google's own; credentials of another universe need `endpoint`. */
export const DEFAULT_ENDPOINT = 'https://storage.googleapis.com';

const KIB = 1024;
/** Distribution's, of which a chunk is a multiple. */
const CHUNK_UNIT = 256 * KIB;
const DEFAULT_CHUNK_SIZE = 16 * KIB * KIB;
/** A part is a buffer in memory. */
const MAX_CHUNK_SIZE = 1024 * KIB * KIB;
const DEFAULT_CONCURRENCY = 50;
/** Fewer would make pushes and pulls wait for each other; Distribution has the same minimum. */
const MIN_CONCURRENCY = 25;

const schema = z.strictObject({
  bucket: z
    .string({ error: 'is required: the name of the bucket' })
    .min(1, { error: 'is required: the name of the bucket', abort: true })
    .regex(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, 'is no name of a bucket')
    .meta({ description: 'Name of the bucket, which must exist.' }),
  keyfile: textParameter().meta({
    description:
      'File with the JSON key of a service account, or with the configuration of workload identity federation. Wins over `credentials`.',
    'x-path': true,
  }),
  credentials: z
    .record(z.string(), z.unknown(), { error: 'must be a map, the content of a key file' })
    .optional()
    .meta({
      description:
        'The content of such a file. Without it and without `keyfile`: application default credentials, i.e. GOOGLE_APPLICATION_CREDENTIALS, gcloud, the metadata server.',
      'x-secret': true,
    }),
  rootdirectory: textParameter().meta({ description: 'Prefix of all keys in the bucket. Default: none.' }),
  chunksize: integerParameter()
    .refine((size) => size >= CHUNK_UNIT, { error: `must be at least ${String(CHUNK_UNIT)}`, abort: true })
    .refine((size) => size % CHUNK_UNIT === 0, `must be a multiple of ${String(CHUNK_UNIT)}`)
    .refine((size) => size <= MAX_CHUNK_SIZE, `must be at most ${String(MAX_CHUNK_SIZE)}`)
    .prefault(DEFAULT_CHUNK_SIZE)
    .meta({
      description:
        'Bytes of a part of an upload, a multiple of 262144 (256 KiB); each is a buffer in memory.',
    }),
  useragent: textParameter().meta({ description: 'What the requests have as their User-Agent.' }),
  maxconcurrency: integerParameter()
    .prefault(DEFAULT_CONCURRENCY)
    .meta({
      description: `Requests to the store at a time. Less than ${String(MIN_CONCURRENCY)} counts as ${String(MIN_CONCURRENCY)}.`,
    }),
  abandonedafter: durationParameter().meta({
    description:
      'Uploads that nobody went on with for so long are ended, at the start and every hour, e.g. `72h`. Default: `168h`. Not in Distribution.',
  }),
  endpoint: textParameter().meta({
    description:
      'URL of the store where it is not https://storage.googleapis.com: a private endpoint, another universe, an emulator. Requests over http:// bear no credentials. Not in Distribution.',
  }),
});

export interface GcsConfig {
  readonly bucket: string;
  /** Prefix of all keys: empty, or with a slash at its end. */
  readonly keyPrefix: string;
  readonly keyFile: string | undefined;
  readonly credentials: Readonly<Record<string, unknown>> | undefined;
  /** Bytes of a part of an upload. */
  readonly chunkSize: number;
  readonly userAgent: string | undefined;
  /** At least 25. */
  readonly maxConcurrency: number;
  /** Undefined: as the base has it. */
  readonly abandonedAfterMs: number | undefined;
  /** Without a slash at its end. */
  readonly endpoint: string;
}

export const parameterSchema: ParameterSchema = z.toJSONSchema(schema, { io: 'input' });

/** @throws InvalidParametersError */
export function parseParameters(parameters: Parameters): GcsConfig {
  const result = schema.safeParse(givenParameters(parameters));
  if (!result.success) throw new InvalidParametersError(DRIVER_NAME, toParameterIssues(result.error.issues));
  const {
    bucket,
    keyfile,
    credentials,
    rootdirectory,
    chunksize,
    useragent,
    maxconcurrency,
    abandonedafter,
    endpoint,
  } = result.data;
  const url = parseEndpoint(endpoint ?? DEFAULT_ENDPOINT);
  const keyPrefix = toKeyPrefix(rootdirectory ?? '');
  const issues: ParameterIssue[] = [
    ...(url instanceof URL ? [] : [{ key: 'endpoint', message: url.reason }]),
    ...(keyPrefix === undefined ? [{ key: 'rootdirectory', message: 'has what no key may have' }] : []),
  ];
  if (!(url instanceof URL) || keyPrefix === undefined) throw new InvalidParametersError(DRIVER_NAME, issues);
  return {
    bucket,
    keyPrefix,
    keyFile: keyfile,
    credentials,
    chunkSize: chunksize,
    userAgent: useragent,
    maxConcurrency: Math.max(MIN_CONCURRENCY, maxconcurrency),
    abandonedAfterMs: abandonedafter,
    endpoint: url.origin,
  };
}

/** As Distribution has it: without slashes at its sides, and with one behind. */
function toKeyPrefix(rootDirectory: string): string | undefined {
  const prefix = keyPrefixOf(rootDirectory);
  // Controls are in no key of GCS; and nothing would be listed below an empty part of a key.
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f]|\/\//.test(prefix) ? undefined : prefix;
}
