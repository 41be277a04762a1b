import type { StorageDriver } from '@outrigger/driver';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import { cloudfront } from './cloudfront.js';
import { redirect } from './redirect.js';
import { rewrite } from './rewrite.js';
import type { MiddlewareParts, StorageMiddleware } from './storage-middleware.js';

/** What the registry works on, instead of the bare driver. */
export interface WrappedStorage {
  readonly driver: StorageDriver;
  /** Hosts that clients may be sent to: those of the configuration and those that the middleware sends to. Undefined: all. */
  readonly redirectHosts: readonly string[] | undefined;
}

/** The sections that it reads. */
export type MiddlewareSettings = Pick<Config, 'middleware' | 'redirectHosts'> &
  Pick<MiddlewareParts, 'storage'>;

/**
 * Wraps the driver in the middleware of the configuration, in the order of the file: the first one is next to the
 * driver.
 *
 * @throws ConfigError for one that is not known, or has wrong options
 */
export async function applyMiddleware(
  { middleware, redirectHosts, storage }: MiddlewareSettings,
  driver: StorageDriver,
  parts: Omit<MiddlewareParts, 'storage'>,
): Promise<WrappedStorage> {
  refuseOthers(middleware);
  const chosen = middleware.storage.flatMap(({ name, disabled, options }, index) =>
    disabled ? [] : [{ options, key: `middleware.storage[${index}].options`, ...find(name, index) }],
  );
  const hosts = chosen.flatMap((each) => each.hosts(each.options, each.key));
  let wrapped = driver;
  for (const { apply, options, key } of chosen)
    wrapped = await apply(wrapped, options, key, { ...parts, storage });
  return { driver: wrapped, redirectHosts: redirectHosts && [...redirectHosts, ...hosts] };
}

const STORAGE: ReadonlyMap<string, StorageMiddleware> = new Map([
  ['cloudfront', cloudfront],
  ['redirect', redirect],
  ['rewrite', rewrite],
]);

function find(name: string, index: number): StorageMiddleware {
  const found = STORAGE.get(name);
  if (found !== undefined) return found;
  const known = [...STORAGE.keys()].join(', ');
  throw wrong(`middleware.storage[${index}].name`, `no storage middleware ${name}: there are ${known}`);
}

/** Distribution has none built in for these places either. */
function refuseOthers({ registry, repository }: Config['middleware']): void {
  for (const [place, list] of Object.entries({ registry, repository })) {
    const index = list.findIndex(({ disabled }) => !disabled);
    const name = list[index]?.name;
    if (name !== undefined)
      throw wrong(`middleware.${place}[${index}].name`, `no ${place} middleware ${name}: there are none`);
  }
}

function wrong(key: string, message: string): ConfigError {
  return new ConfigError([{ key, where: '', message }]);
}
