import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FoundExecutable } from './discover.js';
import { discover, locate, searchDirectories } from './discover.js';
import { nameOfExecutable } from './driver-name.js';
import type { DriverHostOptions } from './options.js';
import { findParentDeathPrefix } from './parent-death.js';
import type { PreparedExecutable } from './prepare-executable.js';
import { prepareExecutable } from './prepare-executable.js';
import { toSettings } from './settings.js';

/** What is known of a driver without running it as a driver. */
export interface DriverInfo extends Omit<PreparedExecutable, 'identity'> {
  readonly name: string;
}

/** One executable of a search directory. */
export type ListedDriver =
  | DriverInfo
  /** It may not be run, or another of the same name comes before it. */
  | { readonly name: string; readonly path: string; readonly problem: string };

/**
 * Finds and checks a driver and asks it for its description.
 *
 * @param driver - a name, or with a slash the path of an executable
 * @throws InvalidStorageDriverError, RefusedExecutableError
 */
export async function describeDriver(driver: string, options: DriverHostOptions): Promise<DriverInfo> {
  const isPath = driver.includes('/');
  const found = await (isPath ? locate(driver) : discover(driver, options));
  return describeFound(isPath ? (nameOfExecutable(driver) ?? 'unnamed') : driver, found, options);
}

/** Every driver that is installed, in the order in which a name is looked up, then by name. */
export async function listDrivers(options: DriverHostOptions): Promise<ListedDriver[]> {
  const listed: ListedDriver[] = [];
  const firstOf = new Map<string, string>();
  for (const directory of searchDirectories(options)) {
    const names = await readdir(directory).catch(() => []);
    for (const file of names.sort()) {
      const name = nameOfExecutable(file);
      if (name === undefined) continue;
      const path = join(directory, file);
      const first = firstOf.get(name);
      if (first !== undefined) {
        listed.push({ name, path, problem: `${first} comes before it` });
        continue;
      }
      const found = await locate(path).catch(toProblem);
      // A look-up by name passes over what is not executable, but not over what is refused.
      if (typeof found !== 'string') firstOf.set(name, path);
      const info =
        typeof found === 'string' ? found : await describeFound(name, found, options).catch(toProblem);
      listed.push(typeof info === 'string' ? { name, path, problem: info } : info);
    }
  }
  return listed;
}

function toProblem(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}

async function describeFound(
  name: string,
  found: FoundExecutable,
  options: DriverHostOptions,
): Promise<DriverInfo> {
  const settings = toSettings(options);
  const prefix = await findParentDeathPrefix();
  const { identity: _identity, ...prepared } = await prepareExecutable(found, {
    driver: name,
    settings,
    cache: new Map(),
    prefix,
  });
  return { name, ...prepared };
}
