import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import type { Registry } from '@outrigger/registry';
import { SERVER_OPTIONS } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { AccessLog } from './access-log.js';
import { answerClientError, rawAnswer } from './client-error.js';
import type { Connections } from './connections.js';
import { createConnections } from './connections.js';
import { detectHttp2 } from './first-bytes.js';
import { createHttp2Server } from './http2-server.js';
import { MAX_HEADERS } from './limits.js';
import type { TlsSettings } from './tls.js';
import { isAcceptable } from './tls.js';
import { MAX_REQUESTS_PER_CONNECTION } from './limits.js';

export interface ServerParts {
  readonly registry: Pick<Registry, 'handle'>;
  readonly headers: Config['http']['headers'];
  readonly accessLog: AccessLog | undefined;
  /** Undefined: plain HTTP. */
  readonly tls?: TlsSettings | undefined;
  /** Over TLS. */
  readonly http2?: boolean;
  /** Without TLS. */
  readonly h2c?: boolean;
  /** See limits.ts. */
  readonly maxConnections?: number;
  /** Requests on one connection of HTTP/1, after which it is closed. */
  readonly maxRequests?: number;
  /** For a server that shares its address with those of other processes: stands before what serves a request. */
  readonly share?: ((handle: Handle) => Handle) | undefined;
}

export interface RegistryServer {
  readonly server: Server;
  readonly connections: Connections;
  /** For connections from now on. Without TLS there is nothing to renew. */
  readonly renewTls: (options: TlsOptions) => void;
}

/** The server in front of the registry: HTTP/1.1 and, where it is asked for, HTTP/2, on one address. */
export function createServer(parts: ServerParts): RegistryServer {
  const { tls, maxConnections = Infinity, maxRequests = MAX_REQUESTS_PER_CONNECTION } = parts;
  const connections = createConnections(maxRequests);
  const handle = createHandler(parts, connections);
  const secure =
    tls && createHttpsServer({ ...SERVER_OPTIONS, ...tls.options, ALPNProtocols: alpnOf(parts) }, handle);
  const server: Server = secure ?? createHttpServer(SERVER_OPTIONS, handle);
  // More pairs than are allowed, so that there are too many, instead of some left out.
  server.maxHeadersCount = 2 * MAX_HEADERS;
  server.on('clientError', answerClientError);
  // Connections are ended one by one, by what happens on each.
  server.closeIdleConnections = () => undefined;
  // Some more, to tell them so.
  const mostOpen = maxConnections + REFUSED_AT_A_TIME;
  if (Number.isFinite(maxConnections) && parts.share === undefined) server.maxConnections = mostOpen;
  acceptConnections(server, parts, connections, handle);
  if (tls?.intercept !== undefined) standBefore(server, tls.intercept);
  // A connection that Node refuses in one process is given to the next one, and so on.
  if (parts.share !== undefined) closeBeyond(server, mostOpen);
  return { server, connections, renewTls: (options) => secure?.setSecureContext(options) };
}

const REFUSED_AT_A_TIME = 64;

type Handle = (req: IncomingMessage, res: ServerResponse) => void;

function closeBeyond(server: Server, most: number): void {
  let open = 0;
  server.prependListener('connection', (socket: Socket) => {
    socket.once('close', () => open--);
    if (++open > most) socket.destroy();
  });
}

function createHandler(parts: ServerParts, connections: Connections): Handle {
  const serveOne = createServing(parts);
  const handle = parts.share?.(serveOne) ?? serveOne;
  return (req, res) => {
    if (connections.begin(req, res)) handle(req, res);
  };
}

function createServing({ registry, headers, accessLog }: ServerParts): Handle {
  const fixed = Object.entries(headers);
  return (req, res) => {
    accessLog?.(req, res);
    if (fixed.length > 0) addHeaders(res, fixed);
    if (req.rawHeaders.length > 2 * MAX_HEADERS) refuseHeaders(res);
    else registry.handle(req, res);
  };
}

function refuseHeaders(res: ServerResponse): void {
  const [, body = ''] = rawAnswer(431).split('\r\n\r\n');
  res.writeHead(431, { 'Content-Type': 'application/json', Connection: 'close' }).end(body);
}

/** At the last moment, since the registry drops the headers of an answer that became an error. */
function addHeaders(res: ServerResponse, headers: readonly (readonly [string, readonly string[]])[]): void {
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => ServerResponse;
  res.writeHead = (...args: unknown[]) => {
    for (const [name, values] of headers) res.setHeader(name, values);
    return writeHead(...args);
  };
}

function alpnOf({ http2 = false }: ServerParts): string[] {
  return http2 ? ['h2', 'http/1.1'] : ['http/1.1'];
}

/** Stands in front of Node's own listener, which takes every connection for one of HTTP/1. */
function acceptConnections(
  server: Server,
  { tls, http2 = false, h2c = false, maxConnections = Infinity }: ServerParts,
  connections: Connections,
  handle: Handle,
): void {
  const event = tls === undefined ? 'connection' : 'secureConnection';
  const [ownListener] = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  const acceptHttp1 = (socket: Socket) => {
    connections.add(socket);
    ownListener?.call(server, socket);
  };
  const { keepAliveTimeout, headersTimeout } = SERVER_OPTIONS;
  const streams = (tls === undefined ? h2c : http2)
    ? createHttp2Server(handle, connections, keepAliveTimeout)
    : undefined;
  const accept = (socket: Socket, acceptHttp2: typeof streams) => {
    if (connections.count < maxConnections) (acceptHttp2 ?? acceptHttp1)(socket);
    else refuseConnection(socket, acceptHttp2 !== undefined);
  };
  if (tls !== undefined) {
    server.on('secureConnection', (socket: TLSSocket) => {
      if (!isAcceptable(socket, tls.clientAuth)) socket.destroy();
      else accept(socket, socket.alpnProtocol === 'h2' ? streams : undefined);
    });
  } else if (streams !== undefined) {
    server.on('connection', (socket: Socket) => {
      detectHttp2(socket, headersTimeout, (isHttp2) => accept(socket, isHttp2 ? streams : undefined));
    });
  } else {
    server.on('connection', (socket: Socket) => accept(socket, undefined));
  }
}

/** Sees connections before TLS does. */
function standBefore(server: Server, intercept: NonNullable<TlsSettings['intercept']>): void {
  const [ownListener] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => intercept(socket, (taken) => ownListener?.call(server, taken)));
}

/** A client of HTTP/2 understands nothing but the end. */
function refuseConnection(socket: Socket, isHttp2: boolean): void {
  socket.on('error', () => undefined);
  if (isHttp2) socket.destroy();
  else answerClientError(new TooManyConnections(), socket);
}

class TooManyConnections extends Error {
  readonly code = 'TOO_MANY_CONNECTIONS';
}
