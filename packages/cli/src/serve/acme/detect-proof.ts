import type { Socket } from 'node:net';
import { readFirstBytes } from '../first-bytes.js';
import { readClientHello } from './client-hello.js';
import { ACME_TLS } from './proofs.js';

/** Whoever sends a ClientHello in more pieces than that is no CA, and costs us no more copies. */
const MOST_PIECES = 32;
/** A client that does not send its ClientHello by then is cut off, milliseconds. */
const HELLO_MS = 10_000;

/**
 * Finds out whether a connection is that of a CA that wants to see a proof: one that offers acme-tls/1 and nothing else. Node says
 * which protocols a client offers only when the certificate is chosen already.
 *
 * @param decide - called with all bytes still to be read from the connection
 */
export function detectProof(socket: Socket, decide: (isProof: boolean) => void): void {
  let pieces = 0;
  const judge = (start: Buffer) => {
    const hello = readClientHello(start);
    if (hello === 'incomplete') return ++pieces < MOST_PIECES ? undefined : false;
    return hello?.protocols.length === 1 && hello.protocols[0] === ACME_TLS;
  };
  readFirstBytes(socket, HELLO_MS, judge, decide);
}
