import { randomUUID } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { hostname } from 'node:os';
import type { StorageDriver } from '@outrigger/driver';
import type { EndpointSettings, Logger, Notifications } from '@outrigger/registry';
import { createNotifications } from '@outrigger/registry';
import type { Config, ListenAddress } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';

type Parts = Pick<Config, 'notifications' | 'http' | 'storage'>;

/**
 * The webhooks of the configuration; undefined when there are none that are enabled.
 *
 * @param driver - keeps what could not be delivered
 * @param worker - the number of this process, where several serve: each keeps its own
 * @throws ConfigError for headers that cannot be sent
 */
export function createWebhooks(
  config: Parts,
  driver: StorageDriver,
  log: Logger,
  worker?: number,
): Notifications | undefined {
  const { notifications, storage, http } = config;
  const endpoints = toEndpoints(notifications.endpoints);
  if (endpoints.length === 0) return undefined;
  // The URL and the headers may hold secrets.
  for (const { name } of endpoints) log.info({ endpoint: name }, 'notifications: an endpoint');
  const addr = sourceAddress(http.address);
  return createNotifications({
    endpoints,
    includeReferences: notifications.includeReferences,
    source: { addr, instanceID: randomUUID() },
    replica: worker === undefined ? undefined : `${addr} worker ${String(worker)}`,
    driver: storage.readOnly ? undefined : driver,
    log,
  });
}

function toEndpoints(endpoints: Config['notifications']['endpoints']): EndpointSettings[] {
  const names = new Set<string>();
  return endpoints.flatMap(({ disabled, ...endpoint }, index) => {
    if (disabled) return [];
    checkHeaders(endpoint.headers, `notifications.endpoints[${index}].headers`);
    // Distribution takes two of the same name.
    const name = names.has(endpoint.name) ? `${endpoint.name} (${index})` : endpoint.name;
    names.add(name);
    return [{ ...endpoint, name }];
  });
}

function checkHeaders(headers: EndpointSettings['headers'], key: string): void {
  for (const [name, values] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      for (const value of values) validateHeaderValue(name, value);
    } catch {
      // What Node says quotes the value, which may be a secret.
      throw new ConfigError([{ key: `${key}.${name}`, where: '', message: 'cannot be sent as a header' }]);
    }
  }
}

/** As Distribution: the name of this machine and the port that is listened on. */
function sourceAddress(address: ListenAddress): string {
  return 'port' in address ? `${hostname()}:${address.port}` : hostname();
}
