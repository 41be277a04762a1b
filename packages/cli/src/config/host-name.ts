import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** Letters, digits, hyphens; at least two parts, each of at most 63. */
const HOST = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A name as a CA and the cache know it: small letters, other alphabets in Punycode.
 *
 * @returns undefined for what no certificate can be had for: one word, an address, a wildcard
 */
export function toHostName(name: string): string | undefined {
  const ascii = domainToASCII(name);
  return HOST.test(ascii) && isIP(ascii) === 0 ? ascii : undefined;
}
