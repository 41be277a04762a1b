import type { StorageDriver } from '@outrigger/driver';

export type MiddlewareOptions = Readonly<Record<string, unknown>>;

/** Wraps a storage driver, as the configuration says. */
export interface StorageMiddleware {
  /**
   * @param key - where the options are in the configuration, for messages
   * @throws ConfigError
   */
  readonly apply: (driver: StorageDriver, options: MiddlewareOptions, key: string) => StorageDriver;
  /** The hosts that it sends clients to. The operator has named them. */
  readonly hosts: (options: MiddlewareOptions, key: string) => string[];
}
