import type { StorageDriver } from '@outrigger/driver';
import { InvalidParametersError, checkDriver } from '@outrigger/driver';
import type { ReloadOptions } from '@outrigger/host';
import type { DriverMiddleware, MiddlewareCounts, MiddlewareLogger } from '@outrigger/middleware';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import { supervisedDriver } from '../serve/supervised-driver.js';

/** What the middleware of a driver has counted. */
export interface CountedMiddleware {
  readonly name: string;
  readonly counts: () => MiddlewareCounts;
}

/** A driver with middleware around it; supervised where the driver itself is. */
interface WrappedStorageDriver extends StorageDriver {
  readonly middleware: readonly CountedMiddleware[];
}

/** The middleware around a driver that counts something. */
export function middlewareOf(driver: StorageDriver): readonly CountedMiddleware[] {
  return 'middleware' in driver ? (driver as WrappedStorageDriver).middleware : [];
}

/** What stands between the registry and the content of its driver: everybody who opens the store has it. */
const NAMES = ['cache', 'encrypt', 'faults', 'ratelimit', 'readonly'] as const;

export const CONTENT_MIDDLEWARE: readonly string[] = NAMES;

/**
 * Wraps a driver in the middleware of the configuration that content goes through, in the order of the file. The driver
 * belongs to the answer, and is closed when there is none.
 *
 * @throws ConfigError
 */
export async function wrapDriver(
  driver: StorageDriver,
  { middleware }: Pick<Config, 'middleware'>,
  log: MiddlewareLogger,
): Promise<StorageDriver> {
  const chosen = middleware.storage.flatMap(({ name, disabled, options }, index) =>
    !disabled && CONTENT_MIDDLEWARE.includes(name) ? [{ name, options, index }] : [],
  );
  if (chosen.length === 0) return driver;
  const available = await import('@outrigger/middleware');
  let wrapped = driver;
  const counted: CountedMiddleware[] = [];
  try {
    for (const { name, options, index } of chosen) {
      const one = Object.values(available).find((each): each is DriverMiddleware => each.name === name);
      if (one === undefined) continue;
      const made = await one.wrap(wrapped, options, { log }).catch((error: unknown) => {
        throw atItsPlace(error, `middleware.storage[${index}].options`);
      });
      if (made.counts !== undefined) counted.push({ name, counts: () => made.counts?.() ?? {} });
      wrapped = made;
    }
  } catch (error) {
    await wrapped.close();
    throw error;
  }
  return Object.assign(checkDriver(wrapped), supervisionOf(driver), { middleware: counted });
}

/** What operators do to the driver they do to the process behind its middleware. */
function supervisionOf(driver: StorageDriver): object {
  const supervised = supervisedDriver(driver);
  if (supervised === undefined) return {};
  return {
    status: () => supervised.status(),
    metrics: () => supervised.metrics(),
    reload: (options?: ReloadOptions) => supervised.reload(options),
  };
}

function atItsPlace(error: unknown, place: string): unknown {
  if (!(error instanceof InvalidParametersError)) return error;
  return new ConfigError(
    error.issues.map(({ key, message }) => ({
      key: key === '' ? place : `${place}.${key}`,
      where: '',
      message,
    })),
  );
}
