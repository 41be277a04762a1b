import { getCiphers } from 'node:tls';
import type { CipherSuite } from '../config/sections/tls.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

/** Those of TLS 1.3 are always on, as in Go. */
const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_256_GCM_SHA384'] as const;

/** Distribution's, strongest first. */
const DEFAULT_SUITES: readonly CipherSuite[] = [
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
];

/**
 * The suites as OpenSSL writes them.
 *
 * @param suites - by their names in Go; none: the default
 * @throws CommandError naming a suite that this OpenSSL does not have: the weak ones are left out of it
 */
export function toOpenSsl(suites: readonly CipherSuite[]): string {
  const available = new Set(getCiphers().map((name) => name.toUpperCase()));
  const wanted = suites.length === 0 ? DEFAULT_SUITES : suites;
  const names = wanted
    .filter((suite) => !isTls13(suite))
    .map((suite) => [suite, openSslName(suite)] as const);
  const missing = names.find(([, name]) => !available.has(name));
  if (missing !== undefined) {
    throw new CommandError(`http.tls.ciphersuites: ${missing[0]} is too weak to be supported`, EXIT.config);
  }
  return [...TLS13, ...names.map(([, name]) => name)].join(':');
}

function isTls13(suite: CipherSuite): boolean {
  return TLS13.some((each) => each === suite);
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256`. */
function openSslName(suite: CipherSuite): string {
  const [keys = '', cipher = ''] = suite.slice('TLS_'.length).split('_WITH_');
  const name = cipher
    .replace('3DES_EDE_CBC', 'DES_CBC3')
    .replace('POLY1305_SHA256', 'POLY1305')
    .replace(/AES_(\d+)(?:_CBC)?/, 'AES$1');
  return (keys === 'RSA' ? name : `${keys}_${name}`).replaceAll('_', '-');
}
