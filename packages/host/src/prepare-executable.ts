import type { Description } from '@outrigger/ipc/host';
import { checkExecutable } from './check-executable.js';
import { describeExecutable } from './describe.js';
import type { FoundExecutable } from './discover.js';
import { driverEnvironment } from './environment.js';
import type { ParentDeathPrefix } from './parent-death.js';
import { checkPin } from './pin.js';
import type { HostSettings } from './settings.js';
import type { Watchdog } from './watchdog.js';

/** An executable that may be run, and what it says of itself. */
export interface PreparedExecutable extends FoundExecutable {
  /** Changes when the file is replaced. */
  readonly identity: string;
  readonly description: Description | undefined;
  /** Why there is no description. */
  readonly undescribed?: string | undefined;
}

/**
 * Descriptions of executables, by identity: a host asks each file once, until it changes. One that has failed is asked again: what it lacks
 * may lie beside it, such as its interpreter or a library.
 */
export type ExecutableCache = Map<string, Description>;

export interface PrepareOptions {
  readonly driver: string;
  readonly settings: HostSettings;
  readonly cache: ExecutableCache;
  readonly prefix: ParentDeathPrefix;
  /** Ends the wait for a description. */
  readonly signal?: AbortSignal | undefined;
  readonly watchdog?: Watchdog | undefined;
}

/**
 * Checks owner, mode and pin, then asks for the description. Nothing of the file runs before it is checked.
 *
 * @throws RefusedExecutableError
 */
export async function prepareExecutable(
  found: FoundExecutable,
  { driver, settings, cache, prefix, signal, watchdog }: PrepareOptions,
): Promise<PreparedExecutable> {
  const { log, strict = false, pins = {}, environment, timings } = settings;
  const { realPath: file } = found;
  const warn = (message: string) => {
    log.warn({ driver, path: file }, message);
  };
  const identity = await checkExecutable(file, { driver, strict, warn });
  const pin = Object.hasOwn(pins, driver) ? pins[driver] : undefined;
  if (pin !== undefined) await checkPin(driver, file, pin);
  const env = driverEnvironment(environment);
  const command = { file, env, prefix };
  const known = cache.get(identity);
  if (known !== undefined) return { ...found, identity, description: known };
  const result = await describeExecutable(command, { timeoutMs: timings.describeMs, signal, watchdog });
  const { description } = result;
  if (description === undefined) return { ...found, identity, description, undescribed: result.reason };
  cache.set(identity, description);
  return { ...found, identity, description };
}
