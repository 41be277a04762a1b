import type { StorageDriver } from '@outrigger/driver';
import type { DriverHostOptions } from '@outrigger/host';
import { DriverRegistry } from '@outrigger/host';
import type { Config } from '../config/config.js';
import { loadFactory } from './load-factory.js';

/** The one driver that runs in this process unless the configuration says otherwise. */
const IN_PROCESS_BY_DEFAULT = 'inmemory';

/** The driver that the configuration names, ready to serve. It belongs to the caller, who closes it. */
export async function createDriver(
  { storage, drivers }: Pick<Config, 'storage' | 'drivers'>,
  options: DriverHostOptions,
): Promise<StorageDriver> {
  const { driver: name, parameters } = storage;
  const { inProcess = name === IN_PROCESS_BY_DEFAULT, dataPlanes, drainTimeout } = drivers[name] ?? {};
  const timings = { ...options.timings, ...(drainTimeout === undefined ? {} : { replaceMs: drainTimeout }) };
  const registry = new DriverRegistry({ ...options, dataPlanes, timings });
  if (inProcess !== false) registry.register(name, await loadFactory(name, inProcess));
  return registry.create(name, parameters);
}
