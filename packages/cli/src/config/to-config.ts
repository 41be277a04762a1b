import type { Config, ListenAddress, LogLevel } from './config.js';
import type { ConfigData } from './schema.js';

const DEFAULT_DRAIN_TIMEOUT_MS = 30_000;
/** Distribution's. */
const DEFAULT_PAGE_LIMIT = 1000;

/** Fills in the defaults. */
export function toConfig(
  data: ConfigData,
  driver: Pick<Config['storage'], 'driver' | 'parameters'>,
  address: ListenAddress,
): Config {
  const { log, storage, http, outrigger } = data;
  const { directories = [], ...drivers } = outrigger.drivers;
  return {
    profile: outrigger.profile ?? 'compatible',
    log: {
      level: toLevel(log.level ?? data.loglevel ?? 'info'),
      formatter: log.formatter ?? 'text',
      fields: log.fields ?? {},
      accessLog: !(log.accesslog.disabled ?? false),
    },
    storage: {
      ...driver,
      deleteEnabled: storage.delete.enabled ?? false,
      redirect: !(storage.redirect.disable ?? false),
      readOnly: storage.maintenance.readonly.enabled ?? false,
    },
    http: {
      address,
      host: http.host,
      prefix: http.prefix,
      secret: http.secret,
      relativeUrls: http.relativeurls ?? false,
      drainTimeoutMs: http.draintimeout ?? DEFAULT_DRAIN_TIMEOUT_MS,
      headers: http.headers ?? {},
    },
    catalogMaxEntries: positive(data.catalog.maxentries),
    tagsMax: positive(data.tags.maxtags),
    driverDirectories: directories,
    drivers,
  };
}

function toLevel(level: string): LogLevel {
  switch (level) {
    case 'panic':
    case 'fatal':
    case 'error':
      return 'error';
    case 'warning':
    case 'warn':
      return 'warn';
    case 'debug':
    case 'trace':
      return level;
    default:
      return 'info';
  }
}

/** Distribution takes everything else for its default. */
function positive(limit: number | undefined): number {
  return limit === undefined || limit <= 0 ? DEFAULT_PAGE_LIMIT : limit;
}
