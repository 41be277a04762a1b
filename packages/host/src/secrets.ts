import type { ParameterSchema, Parameters } from '@outrigger/driver';

/** What of a driver's parameters may be seen by others. */
export interface Secrets {
  /** Parameters that the schema declares and does not flag: these may be in argv and in traces. */
  readonly open: Parameters;
  /** All parameters, those that are not open replaced by `***`. */
  readonly masked: Parameters;
  /** Takes the values of secrets out of a text. */
  readonly redact: (text: string) => string;
}

export const MASK = '***';

/** Below this length a value is too common to be searched for in text. */
const SHORTEST_SECRET = 4;

/**
 * A parameter is secret when its schema says `x-secret`, anywhere inside, or refers elsewhere; and so is one that the schema
 * does not declare, a misspelt name for example. Without a description everything is secret.
 */
export function findSecrets(parameters: Parameters, schema: ParameterSchema | undefined): Secrets {
  const declared = schema === undefined ? new Map<string, unknown[]>() : declaredProperties(schema);
  const isOpen = (key: string) => declared.get(key)?.every((each) => !mentionsSecret(each)) ?? false;
  const entries = Object.entries(parameters);
  const secretValues = entries
    .filter(([key]) => !isOpen(key))
    .flatMap(([, value]) => textsIn(value))
    // Without a description nothing is known of a path; hiding it would make every error of the driver unreadable.
    .filter((text) => schema !== undefined || !text.startsWith('/'));
  const patterns = [...new Set(secretValues.flatMap(spellings))].sort((a, b) => b.length - a.length);
  return {
    open: Object.fromEntries(entries.filter(([key]) => isOpen(key))),
    masked: Object.fromEntries(entries.map(([key, value]) => [key, isOpen(key) ? value : MASK])),
    redact: (text) => patterns.reduce((redacted, secret) => redacted.replaceAll(secret, MASK), text),
  };
}

/** Top-level properties by name, from the branches of a composed schema too. */
function declaredProperties(schema: unknown, found = new Map<string, unknown[]>()): Map<string, unknown[]> {
  if (!isRecord(schema)) return found;
  if (isRecord(schema.properties)) {
    for (const [key, value] of Object.entries(schema.properties))
      found.set(key, [...(found.get(key) ?? []), value]);
  }
  for (const branches of [schema.allOf, schema.anyOf, schema.oneOf]) {
    if (Array.isArray(branches)) for (const branch of branches) declaredProperties(branch, found);
  }
  return found;
}

function mentionsSecret(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(mentionsSecret);
  if (!isRecord(schema)) return false;
  if (schema['x-secret'] === true || '$ref' in schema) return true;
  return Object.values(schema).some(mentionsSecret);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' && String(value).length > SHORTEST_SECRET) return [String(value)];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isRecord(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** As it is, as JSON writes it, as a URL writes it, and line by line: a log comes in lines. */
function spellings(secret: string): string[] {
  const lines = secret.includes('\n') ? secret.split(/\r?\n/) : [];
  const escaped = JSON.stringify(secret).slice(1, -1);
  return [secret, escaped, encodeURIComponent(secret.toWellFormed()), ...lines].filter(
    (text) => text.length >= SHORTEST_SECRET,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
