import type { DriverFactory, Parameters } from '@outrigger/driver';
import { InvalidParametersError } from '@outrigger/driver';
import { expect } from 'vitest';
import { serveFailure } from '../harness/serve-failure.js';
import type { RegistryOptions } from '../harness/start-registry.js';

/** Of sysexits.h: a parameter is wrong. */
const CONFIG = 78;
/** The same: on a busy machine a driver may not be ready in time, which says nothing of the parameter. */
const UNAVAILABLE = 69;
const TRIES = 5;

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
  let exit = await serveFailure(options);
  for (let tries = 1; exit.exitCode === UNAVAILABLE && tries < TRIES; tries++)
    exit = await serveFailure(options);
  const { exitCode, output } = exit;
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
  const error = await failureOf(driver, parameters);
  if (!(error instanceof InvalidParametersError)) throw error;
  expect(error.message).toContain(words);
  expect(error.message).not.toContain('\n');
  return error.message;
}

/** A server that has not answered yet fails no start: it is asked again then. */
async function failureOf(driver: DriverFactory, parameters: Parameters): Promise<unknown> {
  for (let tries = 1; tries <= TRIES; tries++) {
    try {
      const created = await driver.create(parameters);
      await created.close();
    } catch (error) {
      return error;
    }
  }
  return new Error(`the driver ${driver.name} started with parameters that are wrong`);
}
