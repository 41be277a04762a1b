import type { ParameterIssue, Parameters } from './driver-factory.js';

/** A parameter map without its keys of no value: in YAML such a key means its default. */
export function givenParameters(parameters: Parameters): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
}

/** What a check of a schema has found, as zod tells it. */
interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[];
}

/** What a check of a parameter map by its schema has found, by key. Messages are passed on: a schema's own hold no value. */
export function toParameterIssues(issues: readonly SchemaIssue[]): ParameterIssue[] {
  return issues.flatMap(({ code, path, message, keys = [] }) =>
    code === 'unrecognized_keys'
      ? keys.map((key) => ({ key: [...path, key].join('.'), message: 'unknown parameter' }))
      : [{ key: path.join('.'), message }],
  );
}
