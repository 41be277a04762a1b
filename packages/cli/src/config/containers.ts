import { z } from 'zod';
import type { Scalar } from './node.js';
import { Leaf } from './node.js';

/** A map of which all keys are known. A missing or empty one is as good as one without keys. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(emptyIfAbsent, z.object(shape, { error: 'must be a map' }));
}

/** A map of which some keys are known, and every other one has the given form. */
export function openSection<Shape extends z.ZodRawShape, Rest extends z.ZodType>(shape: Shape, rest: Rest) {
  return z.preprocess(emptyIfAbsent, z.object(shape, { error: 'must be a map' }).catchall(rest));
}

/** A map whose keys are the user's own. */
export function map<Value extends z.ZodType>(value: Value) {
  return z.record(z.string(), value, { error: 'must be a map' });
}

/** A list of things that are more than a text. A missing one is empty. */
export function list<Item extends z.ZodType>(item: Item) {
  return z.preprocess((input) => (isAbsent(input) ? [] : input), z.array(item, { error: 'must be a list' }));
}

/** Undefined when it is missing, or there without a value: Go reads an empty text as none. */
export function optional<Value extends z.ZodType>(value: Value) {
  return z.preprocess((input) => (isAbsent(input) ? undefined : input), value.optional());
}

/**
 * With a default, which is written as a user would write it.
 *
 * @param preset - of the form of the value: else every configuration is wrong
 */
export function preset<Value extends z.ZodType>(value: Value, preset: Exclude<Scalar, null>) {
  const leaf = new Leaf(preset, String(preset), '');
  return z.preprocess((input) => (isAbsent(input) ? leaf : input), value).meta({ preset });
}

/** With a sentence for a person. */
export function told<Value extends z.ZodType>(value: Value, description: string): Value {
  return value.meta({ description });
}

export function required<Value extends z.ZodType>(value: Value) {
  return z
    .unknown()
    .refine((input) => !isAbsent(input), { error: 'is missing', abort: true })
    .pipe(value);
}

/** A leaf is an object too, and must not pass for a map. */
function emptyIfAbsent(input: unknown): unknown {
  if (isAbsent(input)) return {};
  return input instanceof Leaf ? input.value : input;
}

function isAbsent(input: unknown): boolean {
  return input === undefined || (input instanceof Leaf && (input.value === null || input.value === ''));
}
