import { checkDriver } from '@outrigger/driver';
import type { DriverFactory, Parameters, StorageDriver } from '@outrigger/driver';
import { InvalidStorageDriverError } from './driver-errors.js';
import { isDriverName } from './driver-name.js';
import { openDriver } from './open-driver.js';
import type { DriverHostOptions } from './options.js';

/** Creates drivers by name: first those that were registered, then executables `registry-storage-<name>`. */
export class DriverRegistry {
  readonly #options: DriverHostOptions;
  readonly #factories = new Map<string, DriverFactory>();

  constructor(options: DriverHostOptions) {
    this.#options = options;
  }

  /**
   * Makes a driver available in this process.
   *
   * @throws Error when there is no factory, the name is none or is taken
   */
  register(name: string, factory: DriverFactory | null | undefined): void {
    if (factory === null || factory === undefined)
      throw new Error('Must not provide nil StorageDriverFactory');
    if (!isDriverName(name)) throw new InvalidStorageDriverError(name, []);
    if (this.#factories.has(name)) throw new Error(`StorageDriverFactory named ${name} already registered`);
    this.#factories.set(name, factory);
  }

  /** The names that {@link register} was called with, sorted. */
  get registered(): readonly string[] {
    return [...this.#factories.keys()].sort();
  }

  /**
   * A driver that is ready; it belongs to the caller, who closes it. One that is not registered runs in a process of its own and is a
   * `SupervisedDriver`.
   *
   * @throws InvalidStorageDriverError the name is neither registered nor that of an executable
   * @throws InvalidParametersError; and what `openDriver` throws
   */
  async create(name: string, parameters: Parameters = {}): Promise<StorageDriver> {
    if (!isDriverName(name)) throw new InvalidStorageDriverError(name, []);
    const factory = this.#factories.get(name);
    if (factory === undefined) return openDriver({ ...this.#options, driver: name, parameters });
    return checkDriver(await factory.create(parameters), this.#options.observe);
  }
}
