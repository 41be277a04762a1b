import type { z } from 'zod';
import { list, map, optional, preset, required, section } from '../containers.js';
import { duration, flag, integer, natural, secretTexts, text } from '../leaves.js';
import { isOrigin } from '../origin.js';

export interface HealthConfig {
  readonly storageDriver: CheckConfig & { readonly enabled: boolean };
  readonly file: readonly (CheckConfig & { readonly file: string })[];
  readonly http: readonly HttpCheckConfig[];
  readonly tcp: readonly (CheckConfig & { readonly addr: string; readonly timeoutMs: number })[];
}

export interface CheckConfig {
  readonly intervalMs: number;
  /** Failures in a row that make it unhealthy, at least 1. */
  readonly threshold: number;
}

export interface HttpCheckConfig extends CheckConfig {
  readonly uri: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly statusCode: number;
  readonly timeoutMs: number;
}

const check = { interval: preset(duration, '10s'), threshold: preset(integer, 0) };

export const healthSection = section({
  storagedriver: section({ enabled: preset(flag, false), ...check }),
  file: list(section({ file: required(text), ...check })).meta({ field: 'filecheckers' }),
  http: list(
    section({
      uri: required(text.refine(isOrigin, 'must be a URL')),
      headers: optional(map(secretTexts)),
      statuscode: preset(natural, 200),
      timeout: preset(duration, '5s'),
      ...check,
    }),
  ).meta({ field: 'httpcheckers' }),
  tcp: list(section({ addr: required(text), timeout: preset(duration, '5s'), ...check })).meta({
    field: 'tcpcheckers',
  }),
});

const DEFAULT_INTERVAL_MS = 10_000;
/** Distribution waits for ever. */
const DEFAULT_TIMEOUT_MS = 5_000;

export function toHealth(health: z.output<typeof healthSection>): HealthConfig {
  return {
    storageDriver: { enabled: health.storagedriver.enabled, ...toCheck(health.storagedriver) },
    // A file has no threshold in Distribution either: it is there, or it is not.
    file: health.file.map(({ file, interval }) => ({ file, ...toCheck({ interval, threshold: 1 }) })),
    http: health.http.map((each) => ({
      uri: each.uri,
      headers: each.headers ?? {},
      statusCode: each.statuscode === 0 ? 200 : each.statuscode,
      timeoutMs: timeoutOf(each),
      ...toCheck(each),
    })),
    tcp: health.tcp.map((each) => ({ addr: each.addr, timeoutMs: timeoutOf(each), ...toCheck(each) })),
  };
}

function toCheck({ interval, threshold }: { interval: number; threshold: number }) {
  return {
    intervalMs: interval === 0 ? DEFAULT_INTERVAL_MS : interval,
    threshold: Math.max(1, threshold),
  };
}

function timeoutOf({ timeout }: { readonly timeout: number }): number {
  return timeout === 0 ? DEFAULT_TIMEOUT_MS : timeout;
}
