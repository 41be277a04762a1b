import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { z } from 'zod';

/**
 * Carries what the connection of a client tells, from the worker that has the connection to the one that serves the
 * request. It is believed on the workers' own sockets only; what comes from a client under this name is dropped.
 */
export const FACTS_HEADER = 'outrigger-client';

const ClientFacts = z.object({
  httpVersion: z.string(),
  /** Absent: a Unix socket. */
  address: z.string().optional(),
  port: z.int().optional(),
  isEncrypted: z.boolean(),
  /** Of the client's certificate, where there is one that was verified. */
  certificate: z.object({ subject: z.string(), subjectAltName: z.string().optional() }).optional(),
});

type ClientFacts = z.infer<typeof ClientFacts>;

/** What the connection of a request tells, as a header. */
export function packClientFacts({ socket, httpVersion }: IncomingMessage): string {
  const facts: ClientFacts = {
    httpVersion,
    address: socket.remoteAddress,
    port: socket.remotePort,
    isEncrypted: 'encrypted' in socket,
    certificate: certificateOf(socket),
  };
  return Buffer.from(JSON.stringify(facts), 'utf8').toString('base64');
}

function certificateOf(socket: Socket): ClientFacts['certificate'] {
  // The socket of HTTP/2 is a stand-in, of which `instanceof` holds too.
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  return certificate && { subject: certificate.subject, subjectAltName: certificate.subjectAltName };
}

/**
 * Makes a request that another worker has passed on look as it did there. The header is gone then.
 *
 * @throws Error for a request that no worker has sent
 */
export function restoreClientFacts(req: IncomingMessage): void {
  const header = req.headers[FACTS_HEADER];
  Reflect.deleteProperty(req.headers, FACTS_HEADER);
  if (typeof header !== 'string') throw new Error('no worker has sent this');
  const facts = ClientFacts.parse(JSON.parse(Buffer.from(header, 'base64').toString('utf8')));
  req.rawHeaders = withoutOwn(req.rawHeaders);
  req.httpVersion = facts.httpVersion;
  req.socket = standIn(req.socket, facts);
}

/** Of the connection between the workers; the client's headers are counted. */
const OWN = [FACTS_HEADER, 'connection'];

function withoutOwn(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, at) => !OWN.includes((rawHeaders[at - (at % 2)] ?? '').toLowerCase()));
}

/** The socket in all that moves bytes, and the client's in all that it tells. */
function standIn(socket: Socket, { address, port, isEncrypted, certificate }: ClientFacts): Socket {
  const told = new Map<PropertyKey, unknown>([
    ['remoteAddress', address],
    ['remotePort', port],
  ]);
  if (isEncrypted) {
    told.set('encrypted', true);
    told.set('authorized', certificate !== undefined);
    told.set('getPeerX509Certificate', () => certificate);
  }
  return new Proxy(socket, {
    get(target, key) {
      if (told.has(key)) return told.get(key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value),
    has: (target, key) => told.has(key) || Reflect.has(target, key),
    getPrototypeOf: (target) => (isEncrypted ? TLSSocket.prototype : Reflect.getPrototypeOf(target)),
  });
}
