import type { Config } from './config.js';
import type { ConfigData } from './schema.js';
import { DEFAULT_PAGE_LIMIT } from './schema.js';
import { toAuth } from './sections/auth.js';
import { toHealth } from './sections/health.js';
import type { HttpAddresses } from './sections/http.js';
import { toHttp } from './sections/http.js';
import { toLog } from './sections/log.js';
import { toMiddleware } from './sections/middleware.js';
import { toNotifications } from './sections/notifications.js';
import type { OwnConfig } from './sections/own.js';
import { toOwn } from './sections/own.js';
import { toProxy } from './sections/proxy.js';
import { toRedis } from './sections/redis.js';
import { toStorage } from './sections/storage.js';
import { toValidation } from './sections/validation.js';

/** Fills in the defaults. */
export function toConfig(
  data: ConfigData,
  driver: Pick<Config['storage'], 'driver' | 'parameters'>,
  addresses: HttpAddresses,
  stores: Config['stores'],
): Config {
  const own = toOwn(data.outrigger);
  const auth = toAuth(data.auth);
  return {
    ...own,
    access: { ...own.access, catalog: own.access.catalog ?? catalogUsers(own, auth) },
    log: toLog(data.log),
    storage: toStorage(data.storage, driver),
    stores,
    auth,
    middleware: toMiddleware(data.middleware),
    http: toHttp(data.http, addresses),
    notifications: toNotifications(data.notifications),
    redis: toRedis(data.redis),
    health: toHealth(data.health),
    proxy: toProxy(data.proxy),
    validation: toValidation(data.validation),
    repositoryClasses: data.policy.repository.classes ?? [],
    catalogMaxEntries: positive(data.catalog.maxentries),
    tagsMax: positive(data.tags.maxtags),
  };
}

/** A strict registry that knows its users does not tell strangers what it has. */
function catalogUsers({ profile }: OwnConfig, auth: Config['auth']): readonly string[] | undefined {
  return profile === 'strict' && auth !== undefined ? ['*'] : undefined;
}

/** Distribution takes everything else for its default. */
function positive(limit: number): number {
  return limit <= 0 ? DEFAULT_PAGE_LIMIT : limit;
}
