import type { DriverFactory, Parameters } from '@outrigger/driver';
import { InvalidParametersError } from '@outrigger/driver';
import { expect } from 'vitest';
import { serveFailure } from '../harness/serve-failure.js';
import type { RegistryOptions } from '../harness/start-registry.js';

/** Of sysexits.h: a parameter is wrong. */
const CONFIG = 78;

/**
 * A registry does not start, since a parameter is wrong, and says so in one line.
 *
 * @param words - in that line and no other
 * @param also - in the same line
 * @returns all that it printed
 */
export async function expectRefusedStart(
  options: RegistryOptions,
  words: string,
  also = words,
): Promise<string> {
  const { exitCode, output } = await serveFailure(options);
  expect(exitCode, output).toBe(CONFIG);
  const lines = output.split('\n').filter((line) => line.includes(words));
  expect(lines, output).toHaveLength(1);
  expect(lines[0]).toContain(also);
  return output;
}

/**
 * The same of a driver in this process, which takes no time.
 *
 * @param words - in the line
 * @returns the line
 */
export async function expectRefusedParameters(
  driver: DriverFactory,
  parameters: Parameters,
  words: string,
): Promise<string> {
  const error: unknown = await driver.create(parameters).catch((thrown: unknown) => thrown);
  if (!(error instanceof InvalidParametersError)) throw error;
  expect(error.message).toContain(words);
  expect(error.message).not.toContain('\n');
  return error.message;
}
