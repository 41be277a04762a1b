import type { StorageDriver } from '@outrigger/driver';
import type { Logger } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { Closing } from '../serve/closing.js';

export type MiddlewareOptions = Readonly<Record<string, unknown>>;

/** What middleware may need of the registry that it is part of. */
export interface MiddlewareParts {
  /** The driver that the configuration names. */
  readonly storage: Pick<Config['storage'], 'driver' | 'parameters'>;
  readonly log: Logger;
  /** Takes what is opened. */
  readonly closing: Closing;
}

/** Wraps a storage driver, as the configuration says. */
export interface StorageMiddleware {
  /**
   * @param key - where the options are in the configuration, for messages
   * @throws ConfigError
   */
  readonly apply: (
    driver: StorageDriver,
    options: MiddlewareOptions,
    key: string,
    parts: MiddlewareParts,
  ) => StorageDriver | Promise<StorageDriver>;
  /** The hosts that it sends clients to. The operator has named them. */
  readonly hosts: (options: MiddlewareOptions, key: string) => string[];
}
