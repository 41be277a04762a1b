import type { AuthConfig } from './sections/auth.js';
import type { HealthConfig } from './sections/health.js';
import type { HttpConfig } from './sections/http.js';
import type { LogConfig } from './sections/log.js';
import type { MiddlewareConfig } from './sections/middleware.js';
import type { NotificationsConfig } from './sections/notifications.js';
import type { OwnConfig } from './sections/own.js';
import type { ProxyConfig } from './sections/proxy.js';
import type { RedisConfig } from './sections/redis.js';
import type { StorageConfig } from './sections/storage.js';
import type { ValidationConfig } from './sections/validation.js';

export type { ListenAddress } from './listen-address.js';

/** What the rest of the program knows of a configuration: every section with its defaults. Durations are milliseconds. */
export interface Config extends OwnConfig {
  readonly log: LogConfig;
  readonly storage: StorageConfig;
  /** Beside the storage, for the repositories below their prefixes. */
  readonly stores: readonly StoreConfig[];
  /** Undefined: everybody may come. */
  readonly auth: AuthConfig | undefined;
  readonly middleware: MiddlewareConfig;
  readonly http: HttpConfig;
  readonly notifications: NotificationsConfig;
  /** Undefined: no Redis. */
  readonly redis: RedisConfig | undefined;
  readonly health: HealthConfig;
  /** Undefined: not a proxy. */
  readonly proxy: ProxyConfig | undefined;
  /** Undefined: switched off. */
  readonly validation: ValidationConfig | undefined;
  /** Of policy.repository.classes; empty: all. */
  readonly repositoryClasses: readonly string[];
  readonly catalogMaxEntries: number;
  readonly tagsMax: number;
}

/** A store for the repositories below a prefix. */
export interface StoreConfig {
  readonly prefix: string;
  /** Of a registry that would have this store alone. */
  readonly config: Config;
}
