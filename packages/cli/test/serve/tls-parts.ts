import type { TlsConfig } from '../../src/config/sections/tls.js';
import type { TlsSettings } from '../../src/serve/tls.js';
import { tlsSettings } from '../../src/serve/tls.js';
import type { Issued } from '../certificates.js';

export const TLS: TlsConfig = {
  certificate: 'cert.pem',
  key: 'key.pem',
  clientCas: [],
  clientAuth: 'require-and-verify-client-cert',
  minimumTls: 'tls1.2',
  cipherSuites: [],
  letsEncrypt: undefined,
};

/** For a server with a certificate that lies in no file. */
export function tlsParts(
  { certificate, key }: Issued,
  config: Partial<TlsConfig> = {},
  ca?: Issued,
): { tls: TlsSettings } {
  const clientCas = ca === undefined ? [] : ['ca.pem'];
  const files = {
    cert: Buffer.from(certificate),
    key: Buffer.from(key),
    ...(ca === undefined ? {} : { ca: [Buffer.from(ca.certificate)] }),
  };
  return { tls: tlsSettings({ ...TLS, clientCas, ...config }, files) };
}
