import { parseDuration } from '@outrigger/driver';
import { z } from 'zod';

/** A text; YAML makes a number of what has digits only. An empty one counts as not given, as in Distribution. */
export function textParameter() {
  return z
    .union([z.string(), z.number()], { error: 'must be a text' })
    .transform((given) => (given === '' ? undefined : String(given)))
    .optional();
}

/** An integer, given as a number or as its digits. */
export function integerParameter(error = 'must be an integer') {
  return z.union([z.int(), z.string().regex(/^\d{1,15}$/)], { error }).transform(Number);
}

/** A duration as Go writes it, e.g. `1h30m`, in milliseconds. */
export function durationParameter() {
  const error = 'must be a duration such as 72h';
  return z
    .string({ error })
    .regex(/^(\d{1,9}(\.\d{1,9})?(ms|s|m|h))+$/, { error })
    .transform((given) => parseDuration(given))
    .optional();
}
