import type { z } from 'zod';
import { optional, preset, section } from '../containers.js';
import { choice, choices, text, texts } from '../leaves.js';
import { isOrigin } from '../origin.js';

export interface TlsConfig {
  /** Paths of PEM files; undefined with `letsEncrypt` only. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** Paths of PEM files; empty: no client certificates. */
  readonly clientCas: readonly string[];
  /** Means something with `clientCas` only. */
  readonly clientAuth: ClientAuth;
  readonly minimumTls: 'tls1.2' | 'tls1.3';
  /** By their names in Go, e.g. `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; empty: the default ones. */
  readonly cipherSuites: readonly CipherSuite[];
  readonly letsEncrypt: LetsEncryptConfig | undefined;
}

export interface LetsEncryptConfig {
  readonly cacheFile: string;
  readonly email: string | undefined;
  readonly hosts: readonly string[];
  /** Undefined: Let's Encrypt itself. */
  readonly directoryUrl: string | undefined;
}

const CLIENT_AUTH = [
  'request-client-cert',
  'require-any-client-cert',
  'verify-client-cert-if-given',
  'require-and-verify-client-cert',
] as const;

export type ClientAuth = (typeof CLIENT_AUTH)[number];

const CIPHER_SUITES = [
  'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_RSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_256_CBC_SHA',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
] as const;

export type CipherSuite = (typeof CIPHER_SUITES)[number];

export const tlsSection = section({
  certificate: optional(text),
  key: optional(text),
  clientcas: optional(texts),
  clientauth: preset(choice(CLIENT_AUTH), 'require-and-verify-client-cert'),
  minimumtls: preset(choice(['tls1.0', 'tls1.1', 'tls1.2', 'tls1.3']), 'tls1.2'),
  ciphersuites: optional(choices(CIPHER_SUITES, 'must be the name of a cipher suite in Go')),
  letsencrypt: section({
    cachefile: optional(text),
    email: optional(text),
    hosts: optional(texts),
    directoryurl: optional(text.refine(isOrigin, 'must be a URL')),
  }),
}).meta({ optIn: true });

export type TlsData = z.output<typeof tlsSection>;

/** As in Distribution, a certificate or a cache file turns TLS on. */
export function toTls(tls: TlsData): TlsConfig | undefined {
  const { certificate, key, letsencrypt } = tls;
  if (certificate === undefined && letsencrypt.cachefile === undefined) return undefined;
  return {
    certificate,
    key,
    clientCas: tls.clientcas ?? [],
    clientAuth: tls.clientauth,
    // Version 2 knew older ones, which nobody should speak any more.
    minimumTls: tls.minimumtls === 'tls1.3' ? 'tls1.3' : 'tls1.2',
    cipherSuites: tls.ciphersuites ?? [],
    letsEncrypt:
      letsencrypt.cachefile === undefined
        ? undefined
        : {
            cacheFile: letsencrypt.cachefile,
            email: letsencrypt.email,
            hosts: letsencrypt.hosts ?? [],
            directoryUrl: letsencrypt.directoryurl,
          },
  };
}
