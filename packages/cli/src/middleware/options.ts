import { ConfigError } from '../config/config-error.js';
import type { MiddlewareOptions } from './storage-middleware.js';

/**
 * An option that is a text; empty is as good as missing.
 *
 * @param key - where the options are in the configuration
 * @throws ConfigError
 */
export function textOption(options: MiddlewareOptions, name: string, key: string): string | undefined {
  const value = options[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new ConfigError([{ key: `${key}.${name}`, where: '', message: 'must be a text' }]);
}
