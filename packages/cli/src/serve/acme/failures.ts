import type { CacheDirectory } from './cache-directory.js';

/** That the CA did not give a certificate for a host lately. It is kept, so that a restart asks no sooner. */
export interface Failures {
  /** One after the other. */
  readonly count: number;
  /** No attempt before it, milliseconds since 1970. */
  readonly until: number;
}

export const NO_FAILURES: Failures = { count: 0, until: 0 };

/** Nothing that asks for longer than this is believed: a file of another clock, or one that was broken. */
const LONGEST_MS = 7 * 24 * 3_600_000;

export async function readFailures(cache: CacheDirectory, host: string): Promise<Failures> {
  const text = await cache.get(nameOf(host));
  const match = /^(\d{1,9}) (\d{1,15})$/.exec(text?.trim() ?? '');
  if (match === null) return NO_FAILURES;
  const until = Number(match[2]);
  return until > Date.now() + LONGEST_MS ? NO_FAILURES : { count: Number(match[1]), until };
}

export async function writeFailures(cache: CacheDirectory, host: string, failures: Failures): Promise<void> {
  if (failures.count === 0) await cache.delete(nameOf(host));
  else await cache.put(nameOf(host), `${String(failures.count)} ${String(Math.ceil(failures.until))}\n`);
}

/** No host has a name like it, and Go's autocert overlooks it. */
function nameOf(host: string): string {
  return `${host}+outrigger-failures`;
}
