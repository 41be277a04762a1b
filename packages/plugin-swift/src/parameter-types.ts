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

/** A switch, given as a boolean or as its name. */
export function flag() {
  const error = 'must be true or false';
  return z
    .union([z.boolean(), z.enum(['true', 'false'])], { error })
    .transform((given) => given === true || given === 'true');
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
      : [{ key: String(issue.path[0] ?? ''), message: issue.message }],
  );
}
