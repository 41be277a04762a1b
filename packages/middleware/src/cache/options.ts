import { isAbsolute, resolve } from 'node:path';
import type { Parameters } from '@outrigger/driver';
import { z } from 'zod';
import { bytes, duration, flag, parseOptions, toBytes, toSchema } from '../parse-options.js';

const schema = z.strictObject({
  directory: z.string().refine(isAbsolute, { error: 'must be an absolute path' }).meta({
    description: 'Where the cache lies: a local disk. It is made if it is missing.',
    'x-path': true,
  }),
  size: bytes.meta({ description: 'The most that lies there, as 10GiB or in bytes.' }),
  recheck: duration('10m').meta({
    description:
      'How long content is served without asking the store whether it is still there. 0: each time.',
  }),
  verify: duration('1h').meta({
    description:
      'How long a file that nobody has written to is served without its checksums being compared. 0: each time.',
  }),
  buffer: bytes
    .default('8MiB')
    .meta({ description: 'Bytes of one blob that may wait for the disk. Beyond it the blob is not cached.' }),
  redirect: flag(false).meta({
    description: 'Clients are still sent to the store where the driver has a URL.',
  }),
  writethrough: flag(false).meta({ description: 'What is pushed in one piece is cached, too.' }),
});

export interface CacheOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly recheckMs: number;
  readonly trustMs: number;
  readonly buffer: number;
  readonly redirect: boolean;
  readonly writeThrough: boolean;
}

export const cacheSchema = toSchema(schema);

/** @throws InvalidParametersError */
export function parseCacheOptions(options: Parameters): CacheOptions {
  const { directory, size, recheck, verify, buffer, redirect, writethrough } = parseOptions(
    'cache',
    schema,
    options,
  );
  return {
    directory: resolve(directory),
    maxBytes: toBytes(size),
    recheckMs: recheck,
    trustMs: verify,
    buffer: toBytes(buffer),
    redirect,
    writeThrough: writethrough,
  };
}
