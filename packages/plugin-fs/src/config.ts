import { InvalidParametersError, givenParameters, toParameterIssues } from '@outrigger/driver';
import type { ParameterSchema, Parameters } from '@outrigger/driver';
import { z } from 'zod';

export const DRIVER_NAME = 'filesystem';

/** Fewer parallel calls than this would make pushes and pulls wait for each other; Distribution has the same minimum. */
const MIN_THREADS = 25;
const DEFAULT_THREADS = 100;

const schema = z.strictObject({
  rootdirectory: z
    .string()
    .min(1)
    .default('/var/lib/registry')
    .meta({ description: 'Directory that holds everything. It is made if it is missing.', 'x-path': true }),
  maxthreads: z
    .union([z.int(), z.string().regex(/^\d{1,9}$/, 'must be an integer')], { error: 'must be an integer' })
    .default(DEFAULT_THREADS)
    .meta({
      description: `Calls that run at a time. Less than ${String(MIN_THREADS)} counts as ${String(MIN_THREADS)}.`,
    }),
  commit: z.enum(['durable', 'relaxed']).default('durable').meta({
    description:
      'durable: what is acknowledged survives a power cut. relaxed: nothing is synced, a power cut may lose or empty what was acknowledged.',
  }),
});

export interface FilesystemConfig {
  readonly rootDirectory: string;
  /** At least 25. */
  readonly maxThreads: number;
  readonly commit: 'durable' | 'relaxed';
}

export const parameterSchema: ParameterSchema = z.toJSONSchema(schema, { io: 'input' });

/** @throws InvalidParametersError */
export function parseParameters(parameters: Parameters): FilesystemConfig {
  const result = schema.safeParse(givenParameters(parameters));
  if (!result.success) throw new InvalidParametersError(DRIVER_NAME, toParameterIssues(result.error.issues));
  const { rootdirectory, maxthreads, commit } = result.data;
  return { rootDirectory: rootdirectory, maxThreads: Math.max(MIN_THREADS, Number(maxthreads)), commit };
}
