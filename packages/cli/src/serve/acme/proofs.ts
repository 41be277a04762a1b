import type { Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import { createSecureContext, createServer } from 'node:tls';
import type { CacheDirectory } from './cache-directory.js';
import type { Identity } from './identity.js';
import { formatIdentity, parseIdentity } from './identity.js';

/** The protocol in which a CA asks for a proof (RFC 8737, 6.2). */
export const ACME_TLS = 'acme-tls/1';

/** Certificates that prove to the CA that a host leads here. */
export interface Proofs {
  /** @returns ends it */
  readonly show: (host: string, proof: Identity) => Promise<() => Promise<void>>;
  /** Takes a connection of a CA: it gets to see the proof, and nothing else. */
  readonly accept: (socket: Socket) => void;
}

/** A CA that does not end its handshake by then is cut off, and one that does not go after it, milliseconds. */
const HANDSHAKE_MS = 10_000;

/**
 * Proofs lie in the cache as well, as with Go's autocert: the CA may come to another process or host than the one that asked it.
 *
 * @param isOurs - whether a name is one of the configured hosts
 */
export function createProofs(cache: CacheDirectory, isOurs: (host: string) => boolean): Proofs {
  const shown = new Map<string, Identity>();
  const find = async (host: string): Promise<SecureContext | undefined> => {
    if (!isOurs(host)) return undefined;
    const proof = shown.get(host) ?? parseProof(await cache.get(nameOf(host)), host);
    return proof && createSecureContext({ cert: proof.chain, key: proof.key });
  };
  // Client certificates, suites and versions that are configured are for clients; without a proof there is nothing to agree on.
  const server = createServer({
    ALPNProtocols: [ACME_TLS],
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_MS,
    SNICallback: (name, callback) => {
      find(name.toLowerCase()).then(
        (context) => callback(null, context),
        () => callback(null),
      );
    },
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  // The CA has seen what it wanted in the handshake; nothing is said over the connection.
  server.on('secureConnection', (socket: TLSSocket) => {
    const timer = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    socket.on('error', () => undefined).on('close', () => clearTimeout(timer));
    socket.end();
    socket.resume();
  });
  return {
    show: async (host, proof) => {
      await cache.put(nameOf(host), formatIdentity(proof));
      shown.set(host, proof);
      return async () => {
        shown.delete(host);
        await cache.delete(nameOf(host));
      };
    },
    accept(socket) {
      server.emit('connection', socket);
    },
  };
}

function parseProof(text: string | undefined, host: string): Identity | undefined {
  return text === undefined ? undefined : parseIdentity(text, host);
}

function nameOf(host: string): string {
  return `${host}+token`;
}
