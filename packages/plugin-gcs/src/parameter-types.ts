import type { ParameterIssue, Parameters } from '@outrigger/driver';
import { z } from 'zod';

/** A text; YAML makes a number of what has digits only. An empty one counts as not given, as in Distribution. */
export function text() {
  return z
    .union([z.string(), z.number()], { error: 'must be a text' })
    .transform((given) => (given === '' ? undefined : String(given)))
    .optional();
}

/** An integer, given as a number or as its digits. */
export function integer() {
  const error = 'must be an integer';
  return z.union([z.int(), z.string().regex(/^\d{1,15}$/)], { error }).transform(Number);
}

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smh]))+$/;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as Go writes it, e.g. `1h30m`, in milliseconds. */
export function duration() {
  const error = 'must be a duration such as 72h';
  return z
    .string({ error })
    .regex(DURATION, { error })
    .transform((given) =>
      [...given.matchAll(/([\d.]+)([a-z]+)/g)].reduce(
        (sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS[unit] ?? 0),
        0,
      ),
    )
    .optional();
}

/** A YAML key without a value means its default. */
export function givenOf(parameters: Parameters): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
}

/** What zod found, by key. Its messages hold no value of ours. */
export function toIssues(error: z.ZodError): ParameterIssue[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ key: [...issue.path, key].join('.'), message: 'unknown parameter' }))
      : [{ key: issue.path.join('.'), message: issue.message }],
  );
}
