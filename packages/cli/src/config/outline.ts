import { z } from 'zod';
import type { Scalar } from './node.js';
import { schema } from './schema.js';

/** What is said of a key besides its form: `.meta()` of its schema. */
export interface KeyMeta {
  /** As it would be written. */
  readonly preset?: Scalar;
  /** Never shown. */
  readonly secret?: boolean;
  /** For a person. */
  readonly description?: string;
  /** The name in environment variables, where Distribution has another one than in the file. */
  readonly field?: string;
  /** The part of a JSON Schema that describes a single value. */
  readonly form?: Readonly<Record<string, unknown>>;
  /** A section that does nothing until something is said in it. */
  readonly optIn?: boolean;
  /** A single text may stand for the map, or the list. */
  readonly short?: boolean;
}

/** The keys of the configuration, as {@link schema} has them. */
export type Outline =
  | { readonly kind: 'leaf'; readonly meta: KeyMeta }
  /** Whatever is in it is the user's own, or a driver's. */
  | { readonly kind: 'free'; readonly meta: KeyMeta }
  | { readonly kind: 'list'; readonly meta: KeyMeta; readonly item: Outline }
  | MapOutline;

export interface MapOutline {
  readonly kind: 'map';
  readonly meta: KeyMeta;
  readonly keys: ReadonlyMap<string, Outline>;
  /** Of every key that is not named. */
  readonly rest: Outline | undefined;
}

export const OUTLINE = outline(schema);

/** The outline of a key below one. */
export function childOutline(of: Outline | undefined, key: string): Outline | undefined {
  if (of?.kind === 'map') return of.keys.get(key) ?? of.rest;
  // A single text that stands for a map or a list has no keys.
  if (of?.kind === 'list') return of.item;
  return of?.kind === 'free' ? FREE : undefined;
}

const FREE: Outline = { kind: 'free', meta: {} };

function outline(of: z.core.$ZodType, around: KeyMeta = {}): Outline {
  const meta: KeyMeta = { ...metaOf(of), ...around };
  if (of instanceof z.ZodOptional) return outline(of.def.innerType, meta);
  // The first half of a pipe tells what is missing, the second half is the form; a single value ends in a function.
  if (of instanceof z.ZodPipe && !(of.def.out instanceof z.ZodTransform)) return outline(of.def.out, meta);
  if (of instanceof z.ZodArray) return { kind: 'list', meta, item: outline(of.def.element) };
  if (of instanceof z.ZodRecord) return mapOutline({}, of.def.valueType, meta);
  if (of instanceof z.ZodObject) return mapOutline(of.def.shape, of.def.catchall, meta);
  return { kind: meta.form === undefined ? 'free' : 'leaf', meta };
}

function mapOutline(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  rest: z.core.$ZodType | undefined,
  meta: KeyMeta,
): MapOutline {
  const keys = new Map(Object.entries(shape).map(([key, value]) => [key, outline(value)]));
  return { kind: 'map', meta, keys, rest: rest === undefined ? undefined : outline(rest) };
}

function metaOf(of: z.core.$ZodType): KeyMeta {
  return z.globalRegistry.get(of) ?? {};
}
