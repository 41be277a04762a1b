import { parseDuration } from '@outrigger/driver';
import { ConfigError } from '../config/config-error.js';
import { textOption } from './options.js';
import type { MiddlewareOptions } from './storage-middleware.js';

export interface CloudfrontOptions {
  /** Ends with a slash. */
  readonly base: string;
  readonly privateKeyFile: string;
  readonly keyPairId: string;
  /** How long a URL is good for. */
  readonly durationMs: number;
  /** Undefined: everybody goes through CloudFront. */
  readonly filter: RangesFilter | undefined;
}

/** Which clients are within AWS. */
export interface RangesFilter {
  readonly url: string;
  readonly updateMs: number;
  /** In lower case. Undefined: all. */
  readonly regions: readonly string[] | undefined;
}

const DEFAULT_DURATION_MS = 20 * 60_000;
const DEFAULT_UPDATE_MS = 12 * 3_600_000;
const DEFAULT_RANGES_URL = 'https://ip-ranges.amazonaws.com/ip-ranges.json';

/** @throws ConfigError */
export function readCloudfrontOptions(options: MiddlewareOptions, key: string): CloudfrontOptions {
  return {
    base: cloudfrontBase(options, key),
    privateKeyFile: required(options, 'privatekey', key),
    keyPairId: required(options, 'keypairid', key),
    durationMs: durationOption(options, 'duration', key) ?? DEFAULT_DURATION_MS,
    filter: readFilter(options, key),
  };
}

/** `baseurl` as Distribution completes it: https where there is no scheme, and a slash at the end. */
export function cloudfrontBase(options: MiddlewareOptions, key: string): string {
  const text = required(options, 'baseurl', key);
  const complete = `${text.includes('://') ? '' : 'https://'}${text}${text.endsWith('/') ? '' : '/'}`;
  const url = URL.parse(complete);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return complete;
  throw wrong(`${key}.baseurl`, 'must be a URL of http or https, without a query');
}

function readFilter(options: MiddlewareOptions, key: string): RangesFilter | undefined {
  const by = (textOption(options, 'ipfilteredby', key) ?? 'none').trim().toLowerCase();
  if (by === 'none' || by === '') return undefined;
  if (by !== 'aws' && by !== 'awsregion')
    throw wrong(`${key}.ipfilteredby`, 'must be one of none, aws, awsregion');
  const url = textOption(options, 'iprangesurl', key) ?? DEFAULT_RANGES_URL;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw wrong(`${key}.iprangesurl`, 'must be a URL of http or https');
  const update = ['updatefrequency', UPDATE_MISSPELT].map((name) => durationOption(options, name, key));
  return {
    url,
    updateMs: update.find((ms) => ms !== undefined) ?? DEFAULT_UPDATE_MS,
    regions: by === 'aws' ? undefined : readRegions(options, key),
  };
}

/** Distribution knew the option by this name for a while, and takes it still. */
const UPDATE_MISSPELT = 'updatefrenquency';

function readRegions(options: MiddlewareOptions, key: string): string[] {
  const names = required(options, 'awsregion', key).split(',');
  return names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '');
}

/** As Distribution documents it, a number without a unit is as good as none. */
function durationOption(options: MiddlewareOptions, name: string, key: string): number | undefined {
  if (typeof options[name] === 'number') return undefined;
  const text = textOption(options, name, key);
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1000) return ms;
  throw wrong(`${key}.${name}`, 'must be a duration such as 20m, of 1s at least');
}

function required(options: MiddlewareOptions, name: string, key: string): string {
  const text = textOption(options, name, key);
  if (text !== undefined) return text;
  throw wrong(`${key}.${name}`, 'is missing');
}

function wrong(key: string, message: string): ConfigError {
  return new ConfigError([{ key, where: '', message }]);
}
