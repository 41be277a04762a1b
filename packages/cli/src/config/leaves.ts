import { DURATION_PATTERN, parseDuration } from '@outrigger/driver';
import { z } from 'zod';
import { Leaf, plainInput } from './node.js';

/** The forms that a single value may have. Every message says what is wanted and none what is there. */

/** A text; what looks like a number is a text all the same, as it was written. */
export const text = leaf('must be a text', { type: ['string', 'number', 'boolean'] }, ({ value, source }) =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? source
      : undefined,
);

/** A text that is never shown. */
export const secret = text.meta({ secret: true });

export const flag = leaf('must be true or false', { type: 'boolean' }, ({ value }) => {
  if (typeof value === 'boolean') return value;
  // Distribution reads YAML 1.1, where these are booleans.
  if (typeof value === 'string' && /^(y|yes|on|true)$/i.test(value)) return true;
  return typeof value === 'string' && /^(n|no|off|false)$/i.test(value) ? false : undefined;
});

export const integer = leaf('must be a whole number', { type: 'integer' }, readInteger);

export const natural = leaf(
  'must be a whole number, and not negative',
  { type: 'integer', minimum: 0 },
  (input) => {
    const number = readInteger(input);
    return number !== undefined && number >= 0 ? number : undefined;
  },
);

/** A duration of Go's (`1m30s`, `250ms`; a bare number is nanoseconds), in milliseconds. */
export const duration = leaf(
  'must be a duration such as 30s or 1m30s',
  { type: ['string', 'integer'], pattern: DURATION_PATTERN.source },
  ({ value }) => {
    if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value / 1e6 : undefined;
    return typeof value === 'string' ? parseDuration(value) : undefined;
  },
);

/** One of some words, in any case. */
export function choice<const Words extends readonly string[]>(words: Words) {
  return leaf(`must be one of ${words.join(', ')}`, { enum: words }, ({ value }) =>
    words.find((word): word is Words[number] => word === String(value).toLowerCase()),
  );
}

/** Anything, as plain values. */
export const anything = z.unknown().transform(plainInput);

/** A list of texts; a single one stands for a list of one. */
export const texts = z
  .preprocess(
    (input) => (input instanceof Leaf ? [input] : input),
    z.array(text, { error: 'must be a list' }),
  )
  .meta({ short: true });

/** A list of texts that are never shown. */
export const secretTexts = texts.meta({ secret: true });

/** A list of some words; a single one stands for a list of one. */
export function choices<const Words extends readonly string[]>(words: Words, message: string) {
  const word = z.enum(words, { error: message }).meta({ form: { enum: words } });
  return z.pipe(texts, z.array(word).min(1, 'must not be empty')).meta({ short: true });
}

function readInteger({ value }: Leaf): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/** @param form - a JSON Schema of it */
function leaf<T>(
  message: string,
  form: Readonly<Record<string, unknown>>,
  read: (leaf: Leaf) => T | undefined,
) {
  const parsed = z.unknown().transform((input, context): T => {
    const value = input instanceof Leaf ? read(input) : undefined;
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
  return parsed.meta({ form });
}
