import type { Credentials, ForwardProxies, Logger, PullThrough } from '@outrigger/registry';
import { openPullThrough } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import type { Environment } from '../config/overrides.js';
import { createCredentialHelper } from './credential-helper.js';

type Parts = Pick<Config, 'proxy' | 'profile' | 'limits' | 'storage'>;

export interface ProxyDependencies {
  readonly log: Logger;
  readonly environment: Environment;
}

/**
 * What makes the registry a cache of another one; undefined when it is none.
 *
 * @throws ConfigError for a cache that may not be written, or an HTTP proxy that is none
 */
export async function createPullThrough(
  { proxy, profile, limits, storage }: Parts,
  dependencies: ProxyDependencies,
): Promise<PullThrough | undefined> {
  if (proxy === undefined) return undefined;
  if (storage.readOnly)
    throw new ConfigError([
      { key: 'proxy', where: '', message: 'a cache cannot be read-only (storage.maintenance.readonly)' },
    ]);
  const { log } = dependencies;
  const { protocol, host } = new URL(proxy.remoteUrl);
  const credentials = toCredentials(proxy, host, dependencies);
  if (credentials !== undefined && protocol === 'http:')
    log.warn({ upstream: host }, 'proxy: the credentials go to the upstream without encryption');
  log.info({ upstream: host }, 'a pull-through cache');
  try {
    return await openPullThrough({
      url: proxy.remoteUrl,
      credentials,
      ttlMs: proxy.ttlMs,
      cacheWriteTimeoutMs: proxy.cacheWriteTimeoutMs,
      refusePrivate: profile === 'strict',
      patienceMs: limits.patienceMs,
      forwardProxies: forwardProxies(dependencies.environment),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError([{ key: 'proxy', where: 'the environment', message: error.message }]);
  }
}

/** In Go's order: the name in capitals first. */
function forwardProxies(environment: Environment): ForwardProxies {
  const find = (name: string): string | undefined => {
    const value = environment[name.toUpperCase()];
    return value === undefined || value === '' ? environment[name] : value;
  };
  return { http: find('http_proxy'), https: find('https_proxy'), no: find('no_proxy') };
}

function toCredentials(
  { exec, username, password }: NonNullable<Config['proxy']>,
  host: string,
  { log, environment }: ProxyDependencies,
): (() => Promise<Credentials | undefined>) | undefined {
  if (exec !== undefined) return createCredentialHelper({ ...exec, host, environment, log });
  if (username === undefined || username === '') return undefined;
  return () => Promise.resolve({ username, secret: password ?? '' });
}
