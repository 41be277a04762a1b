import type { StorageDriver } from '@outrigger/driver';
import { ConfigError } from '../config/config-error.js';
import type { StorageMiddleware } from './storage-middleware.js';
import { textOption } from './options.js';
import { overrideRedirect } from './override-redirect.js';

/** Distribution's `redirect`: sends clients to a host that serves the driver's paths, below the path of `baseurl`. */
export const redirect: StorageMiddleware = {
  apply(driver, options, key): StorageDriver {
    const base = baseUrl(textOption(options, 'baseurl', key), `${key}.baseurl`);
    const prefix = base.origin + base.pathname.replace(/\/+$/, '');
    return overrideRedirect(driver, (path) => Promise.resolve({ url: prefix + path }));
  },
  hosts: (options, key) => [baseUrl(textOption(options, 'baseurl', key), `${key}.baseurl`).host],
};

function baseUrl(text: string | undefined, key: string): URL {
  const url = text === undefined ? null : URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  const message = text === undefined ? 'is missing' : 'must be a URL with scheme and host, of http or https';
  throw new ConfigError([{ key, where: '', message }]);
}
