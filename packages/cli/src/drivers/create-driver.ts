import type { StorageDriver } from '@outrigger/driver';
import type { DriverHostOptions } from '@outrigger/host';
import { DriverRegistry } from '@outrigger/host';
import type { Config } from '../config/config.js';
import { loadFactory } from './load-factory.js';
import { wrapDriver } from './wrap-driver.js';

/** The one driver that runs in this process unless the configuration says otherwise. */
const IN_PROCESS_BY_DEFAULT = 'inmemory';

/**
 * The driver that the configuration names, with the middleware that its content goes through, ready to serve. It belongs to the
 * caller, who closes it.
 */
export async function createDriver(
  { storage, drivers, middleware }: Pick<Config, 'storage' | 'drivers' | 'middleware'>,
  options: DriverHostOptions,
): Promise<StorageDriver> {
  const { driver: name, parameters } = storage;
  const { inProcess = name === IN_PROCESS_BY_DEFAULT, dataPlanes, drainTimeout } = drivers[name] ?? {};
  const timings = { ...options.timings, ...(drainTimeout === undefined ? {} : { replaceMs: drainTimeout }) };
  const registry = new DriverRegistry({ ...options, dataPlanes, timings });
  if (inProcess !== false) registry.register(name, await loadFactory(name, inProcess));
  return wrapDriver(await registry.create(name, parameters), { middleware }, options.log ?? STDERR);
}

/** A warning of middleware is for somebody, also where a command has no log. */
const STDERR = {
  info: () => undefined,
  warn: (_fields: object, message: string) => void process.stderr.write(`${message}\n`),
};
