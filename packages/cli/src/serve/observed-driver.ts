import type { StorageDriver } from '@outrigger/driver';
import type { DriverHostOptions, DriverSearch } from '@outrigger/host';
import type { Config } from '../config/config.js';
import { createDriver } from '../drivers/create-driver.js';
import { hostOptions } from '../drivers/host-options.js';
import type { Log } from '../log/create-log.js';
import type { Observation } from './observe.js';
import type { ServeOptions } from './serve-options.js';

export interface ObservedDriverParts extends Pick<DriverHostOptions, 'onProcess'> {
  readonly log: Log['log'];
  readonly observation: Observation;
  /** Of the store that it is for; undefined: the main one. */
  readonly prefix?: string | undefined;
  /** In the place of what the configuration says. */
  readonly search?: DriverSearch | undefined;
}

/** A driver that does not start leaves nothing of what was opened for it. */
export async function createObserved(
  { environment, trace }: Pick<ServeOptions, 'environment' | 'trace'>,
  config: Config,
  { log, observation, onProcess, prefix, search }: ObservedDriverParts,
): Promise<StorageDriver> {
  try {
    return await createDriver(config, {
      ...hostOptions(config, environment),
      ...search,
      ...observation.hostOptions(prefix),
      log,
      onProcess,
      ...(trace ? { trace: (entry) => log.info({ ...entry }, 'protocol') } : {}),
    });
  } catch (error) {
    await observation.close();
    throw error;
  }
}
