import { integerParameter } from '@outrigger/object-store';
import { z } from 'zod';

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** As Go's strconv.ParseBool takes it, which Distribution uses. */
export function flag(byDefault: boolean) {
  return z
    .union([z.boolean(), z.enum([...TRUE, ...FALSE])], { error: 'must be true or false' })
    .transform((given) => given === true || (typeof given === 'string' && TRUE.includes(given)))
    .prefault(byDefault);
}

/** An integer within bounds, given as a number or as its digits. */
export function integer(byDefault: number, min: number, max = Number.MAX_SAFE_INTEGER) {
  const error =
    max === Number.MAX_SAFE_INTEGER
      ? `must be an integer of at least ${String(min)}`
      : `must be an integer from ${String(min)} to ${String(max)}`;
  return integerParameter(error)
    .refine((value) => value >= min && value <= max, { error })
    .prefault(byDefault);
}

/** One of some words; `toCase` makes other spellings of it. */
export function word<const T extends readonly [string, ...string[]]>(
  words: T,
  toCase: (given: unknown) => unknown = (given) => given,
) {
  return z.preprocess(toCase, z.enum(words, { error: `must be one of ${words.join(', ')}` }));
}
