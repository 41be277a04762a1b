import type { StorageDriver } from '@outrigger/driver';
import { ConfigError } from '../config/config-error.js';
import { textOption } from './options.js';
import { overrideRedirect } from './override-redirect.js';
import type { MiddlewareOptions, StorageMiddleware } from './storage-middleware.js';

/**
 * Distribution's `rewrite`: changes scheme, host or the start of the path of the URLs that the driver answers with.
 * Where the driver has none there is none.
 */
export const rewrite: StorageMiddleware = {
  apply(driver, options, key): StorageDriver {
    const change = readChange(options, key);
    if (driver.redirectURL === undefined) return driver;
    const ask = driver.redirectURL.bind(driver);
    return overrideRedirect(driver, async (path, request) => {
      // What is called when it is not declared is not defined.
      const found = driver.capabilities.redirectURL === true ? await ask(path, request) : null;
      return found === null ? null : { ...found, url: rewriteUrl(found.url, change) };
    });
  },
  hosts(options, key) {
    const { host } = readChange(options, key);
    return host === undefined ? [] : [host];
  },
};

interface Change {
  readonly scheme: string | undefined;
  readonly host: string | undefined;
  readonly trimPathPrefix: string;
}

function readChange(options: MiddlewareOptions, key: string): Change {
  const change = {
    scheme: textOption(options, 'scheme', key),
    host: textOption(options, 'host', key),
    trimPathPrefix: textOption(options, 'trimpathprefix', key) ?? '',
  };
  refuse(
    change.scheme !== undefined && !/^https?$/.test(change.scheme),
    `${key}.scheme`,
    'must be http or https',
  );
  const isHost = change.host === undefined || URL.parse(`https://${change.host}/`)?.host === change.host;
  refuse(!isHost, `${key}.host`, 'must be a host, or host:port, in lower case');
  return change;
}

function refuse(isWrong: boolean, key: string, message: string): void {
  if (isWrong) throw new ConfigError([{ key, where: '', message }]);
}

/** By its text: a query that is signed must stay as it is, to the letter. */
function rewriteUrl(url: string, { scheme, host, trimPathPrefix }: Change): string {
  const [, oldScheme = '', oldHost = '', path = '', rest = ''] =
    /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(.*)$/is.exec(url) ?? [];
  const trimmed = path.startsWith(trimPathPrefix) ? path.slice(trimPathPrefix.length) : path;
  return `${scheme ?? oldScheme}://${host ?? oldHost}${trimmed.startsWith('/') ? '' : '/'}${trimmed}${rest}`;
}
