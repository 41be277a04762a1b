import type { StorageDriver } from '@outrigger/driver';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import { CONTENT_MIDDLEWARE } from '../drivers/wrap-driver.js';
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
 * Wraps the driver in the middleware of the configuration that sends clients elsewhere, in the order of the file: the first one is
 * next to the driver. What content goes through is there already (drivers/wrap-driver.ts).
 *
 * @throws ConfigError for one that is not known, has wrong options, or stands where it cannot
 */
export async function applyMiddleware(
  { middleware, redirectHosts, storage }: MiddlewareSettings,
  driver: StorageDriver,
  parts: Omit<MiddlewareParts, 'storage'>,
): Promise<WrappedStorage> {
  refuseOthers(middleware);
  const enabled = middleware.storage.flatMap((one, index) => (one.disabled ? [] : [{ ...one, index }]));
  checkOrder(enabled);
  const chosen = enabled.flatMap(({ name, options, index }) =>
    CONTENT_MIDDLEWARE.includes(name)
      ? []
      : [{ options, key: `middleware.storage[${index}].options`, ...find(name, index) }],
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
  const known = [...STORAGE.keys(), ...CONTENT_MIDDLEWARE].sort().join(', ');
  throw wrong(`middleware.storage[${index}].name`, `no storage middleware ${name}: there are ${known}`);
}

/** Clients who are sent elsewhere go past all that stands nearer to the driver: what is behind them would never see these pulls. */
function checkOrder(enabled: readonly { readonly name: string; readonly index: number }[]): void {
  const first = enabled.find(({ name }) => STORAGE.has(name));
  const last = enabled.findLast(({ name }) => CONTENT_MIDDLEWARE.includes(name));
  if (first === undefined || last === undefined) return;
  const key = `middleware.storage[${first.index}].name`;
  if (enabled.some(({ name }) => name === 'encrypt'))
    throw wrong(key, `${first.name} would send clients to encrypted content: leave it out, or encrypt`);
  if (first.index < last.index)
    throw wrong(key, `${first.name} comes behind ${last.name}: change their order`);
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
