import { InvalidParametersError, givenParameters, parseDuration, toParameterIssues } from '@outrigger/driver';
import type { ParameterSchema, Parameters } from '@outrigger/driver';
import { z } from 'zod';

/** @throws InvalidParametersError */
export function parseOptions<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  options: Parameters,
): z.output<Schema> {
  const result = schema.safeParse(givenParameters(options));
  if (result.success) return result.data;
  throw new InvalidParametersError(name, toParameterIssues(result.error.issues));
}

export function toSchema(schema: z.ZodType): ParameterSchema {
  return z.toJSONSchema(schema, { io: 'input' });
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** A size: a number of bytes, or a text such as `10GiB`. Read with {@link toBytes}. */
export const bytes = z.union(
  [z.int().nonnegative(), z.string().regex(/^\d{1,15}(\.\d{1,9})?\s*([kmgt]?b|[kmgt]ib)?$/i)],
  { error: 'must be a number of bytes, or a size such as 10GiB' },
);

export function toBytes(size: z.output<typeof bytes>): number {
  if (typeof size === 'number') return size;
  const [, amount = '0', unit = ''] = /^([\d.]+)\s*([a-z]*)$/i.exec(size) ?? [];
  return Math.floor(Number(amount) * (UNITS[unit.toLowerCase()] ?? 1));
}

/** A duration as Go writes it, in milliseconds in the output. */
export function duration(preset: string): z.ZodType<number, string | undefined> {
  return z
    .string()
    .refine((text) => parseDuration(text) !== undefined, { error: 'must be a duration such as 30s or 1h' })
    .default(preset)
    .transform((text) => parseDuration(text) ?? 0);
}

/** A switch, in any spelling. */
export function flag(preset: boolean): z.ZodType<boolean, boolean | 'true' | 'false' | undefined> {
  return z
    .union([z.boolean(), z.enum(['true', 'false'])], { error: 'must be true or false' })
    .default(preset)
    .transform((value) => value === true || value === 'true');
}
