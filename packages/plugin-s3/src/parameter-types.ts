import type { ParameterIssue, Parameters } from '@outrigger/driver';
import { z } from 'zod';

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** A text; YAML makes a number of what has digits only. An empty one counts as not given, as in Distribution. */
export function text() {
  return z
    .union([z.string(), z.number()], { error: 'must be a text' })
    .transform((given) => (given === '' ? undefined : String(given)))
    .optional();
}

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
  return z
    .union([z.int(), z.string().regex(/^\d{1,15}$/)], { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error })
    .prefault(byDefault);
}

const DURATION = /^(\d{1,9}(\.\d{1,9})?(ms|s|m|h))+$/;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as Go writes it, e.g. `1h30m`, in milliseconds. */
export function duration() {
  return z
    .string('must be a duration such as 72h')
    .regex(DURATION, 'must be a duration such as 72h')
    .transform((given) =>
      [...given.matchAll(/([\d.]+)([a-z]+)/g)].reduce(
        (sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0),
        0,
      ),
    )
    .optional();
}

/** One of some words; `toCase` makes other spellings of it. */
export function word<const T extends readonly [string, ...string[]]>(
  words: T,
  toCase: (given: unknown) => unknown = (given) => given,
) {
  return z.preprocess(toCase, z.enum(words, { error: `must be one of ${words.join(', ')}` }));
}

/** A YAML key without a value means its default. */
export function givenOf(parameters: Parameters): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
}

/** What zod found, by key. Its messages hold no value of ours. */
export function toIssues(error: z.ZodError): ParameterIssue[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ key, message: 'unknown parameter' }))
      : [{ key: issue.path.join('.'), message: issue.message }],
  );
}
