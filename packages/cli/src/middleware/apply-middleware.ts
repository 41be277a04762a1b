import type { StorageDriver } from '@outrigger/driver';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import { redirect } from './redirect.js';
import { rewrite } from './rewrite.js';
import type { StorageMiddleware } from './storage-middleware.js';

/** What the registry works on, instead of the bare driver. */
export interface WrappedStorage {
  readonly driver: StorageDriver;
  /** Hosts that clients may be sent to: those of the configuration and those that the middleware sends to. Undefined: all. */
  readonly redirectHosts: readonly string[] | undefined;
}

/**
 * Wraps the driver in the middleware of the configuration, in the order of the file: the first one is next to the
 * driver.
 *
 * @throws ConfigError for one that is not known, or has wrong options
 */
export function applyMiddleware(
  { middleware, redirectHosts }: Pick<Config, 'middleware' | 'redirectHosts'>,
  driver: StorageDriver,
): WrappedStorage {
  refuseOthers(middleware);
  const chosen = middleware.storage.flatMap(({ name, disabled, options }, index) =>
    disabled ? [] : [{ options, key: `middleware.storage[${index}]`, ...find(name, index) }],
  );
  return {
    driver: chosen.reduce(
      (inner, { apply, options, key }) => apply(inner, options, `${key}.options`),
      driver,
    ),
    redirectHosts: redirectHosts && [
      ...redirectHosts,
      ...chosen.flatMap(({ hosts, options, key }) => hosts(options, `${key}.options`)),
    ],
  };
}

const STORAGE: ReadonlyMap<string, StorageMiddleware> = new Map([
  ['redirect', redirect],
  ['rewrite', rewrite],
]);

function find(name: string, index: number): StorageMiddleware {
  const found = STORAGE.get(name);
  if (found !== undefined) return found;
  const known = [...STORAGE.keys()].join(', ');
  const reason = name === 'cloudfront' ? 'it comes with the S3 driver' : `there are ${known}`;
  throw wrong(`middleware.storage[${index}].name`, `no storage middleware ${name}: ${reason}`);
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
