import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Parameters } from '@outrigger/driver';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

/**
 * The parameters of the driver under test, as they were typed: the JSON map itself, or `{"parameters": map}`.
 *
 * @throws CommandError without a word of the text, which may hold secrets
 */
export function parseParameters(json: string | undefined): Parameters {
  if (json === undefined) return {};
  const given = parseMap(json);
  const [key, ...others] = Object.keys(given);
  const { parameters } = given;
  return key === 'parameters' && others.length === 0 && isMap(parameters) ? parameters : given;
}

export interface TestParameters extends AsyncDisposable {
  readonly parameters: Parameters;
}

/**
 * Nobody wants the cases to run in the driver's default directory: each path that the driver needs, or has a default for, and
 * nobody gave is a fresh temporary directory.
 */
export async function withTemporaryPaths(given: Parameters, schema: unknown): Promise<TestParameters> {
  const missing = pathParameters(schema).filter((key) => !(key in given));
  const made: [string, string][] = [];
  for (const key of missing) made.push([key, await mkdtemp(join(tmpdir(), 'outrigger-driver-test-'))]);
  return {
    parameters: { ...given, ...Object.fromEntries(made) },
    async [Symbol.asyncDispose]() {
      for (const [, directory] of made) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A path that may stay away is not of the store: a file with a key, for example. */
function pathParameters(schema: unknown): string[] {
  if (!isMap(schema) || !isMap(schema.properties)) return [];
  const { properties, required } = schema;
  const isRequired = (key: string) => Array.isArray(required) && required.includes(key);
  return Object.entries(properties).flatMap(([key, property]) => {
    const isPath = isMap(property) && property['x-path'] === true;
    return isPath && ('default' in property || isRequired(key)) ? [key] : [];
  });
}

function parseMap(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = undefined;
  }
  if (isMap(value)) return value;
  throw new CommandError(
    'the parameters must be a JSON object, such as \'{"rootdirectory": "/tmp/store"}\'',
    EXIT.usage,
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
