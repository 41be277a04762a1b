import type { Socket } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import type { ClientAuth, TlsConfig } from '../config/sections/tls.js';
import { toOpenSsl } from './tls-suites.js';
import type { TlsFiles } from './tls-files.js';

export interface TlsSettings {
  /** For Node's server; what comes from files is renewed by `setSecureContext`. */
  readonly options: TlsOptions;
  readonly clientAuth: ClientAuth | undefined;
  /** Stands in front of the server, which takes over with `next`. */
  readonly intercept?: ((socket: Socket, next: (socket: Socket) => void) => void) | undefined;
}

/** A client that does not end its handshake by then is cut off, milliseconds. */
const HANDSHAKE_MS = 10_000;

/**
 * How TLS is spoken: 1.2 or later, with the suites of Distribution's default unless others are configured.
 *
 * @param files - without a certificate the options name who has them
 * @throws CommandError for a suite that cannot be had
 */
export function tlsSettings(config: TlsConfig, files: Partial<TlsFiles>): TlsSettings {
  const clientAuth = config.clientCas.length === 0 ? undefined : config.clientAuth;
  return {
    clientAuth,
    options: {
      ...files,
      minVersion: config.minimumTls === 'tls1.3' ? 'TLSv1.3' : 'TLSv1.2',
      ciphers: toOpenSsl(config.cipherSuites),
      honorCipherOrder: true,
      handshakeTimeout: HANDSHAKE_MS,
      requestCert: clientAuth !== undefined,
      rejectUnauthorized: clientAuth === 'require-and-verify-client-cert',
    },
  };
}

/** Whether a client may go on with the certificate that it has shown, or not: the modes are those of Go's crypto/tls. */
export function isAcceptable(socket: TLSSocket, clientAuth: ClientAuth | undefined): boolean {
  switch (clientAuth) {
    case 'require-and-verify-client-cert':
      return socket.authorized;
    case 'verify-client-cert-if-given':
      return socket.authorized || !hasCertificate(socket);
    case 'require-any-client-cert':
      return hasCertificate(socket);
    case 'request-client-cert':
    case undefined:
      return true;
  }
}

function hasCertificate(socket: TLSSocket): boolean {
  // A resumed session has it too.
  return Object.keys(socket.getPeerCertificate()).length > 0;
}
