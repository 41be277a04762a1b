import type { X509Certificate } from 'node:crypto';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * When a certificate is to be renewed, in milliseconds since 1970: 30 days before its end, or a third of its life when that is less,
 * and up to an hour later by chance. So does Go's autocert.
 */
export function renewalTime({ validFrom, validTo }: X509Certificate, random = Math.random): number {
  const end = Date.parse(validTo);
  const ahead = Math.min((end - Date.parse(validFrom)) / 3, 30 * DAY_MS);
  return end - ahead + random() * Math.min(ahead / 10, HOUR_MS);
}

/**
 * How long to leave the CA alone after failures, in milliseconds. Let's Encrypt allows five failed proofs of a host in an hour.
 *
 * @param failures - one after the other, at least 1
 * @param hasCertificate - one that is good still: there is no hurry
 * @param atLeastMs - what the CA asks for
 */
export function retryDelay(
  failures: number,
  hasCertificate: boolean,
  atLeastMs = 0,
  random = Math.random,
): number {
  const base = hasCertificate ? HOUR_MS / 2 : Math.min(MINUTE_MS * 3 ** (failures - 1), HOUR_MS);
  return Math.max(base * (1 + random() * (hasCertificate ? 1 : 0.2)), atLeastMs);
}
