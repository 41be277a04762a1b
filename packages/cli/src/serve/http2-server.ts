import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import { createServer } from 'node:http2';
import type { Socket } from 'node:net';
import type { Connections } from './connections.js';
import { StreamRequest, StreamResponse } from './http2-messages.js';
import { MAX_HEADERS } from './limits.js';

const MIB = 1024 * 1024;

/** What a client may send ahead: of one body, and of all bodies of a connection. The defaults of 64 KiB make uploads slow. */
const STREAM_WINDOW = MIB;
const CONNECTION_WINDOW = 8 * MIB;

/** `:method`, `:scheme`, `:authority`, `:path`. */
const PSEUDO_HEADERS = 4;

/**
 * HTTP/2 for connections that another server accepts. A client that resets streams as fast as it opens them
 * (CVE-2023-44487) loses its connection: Node allows a burst of 1000, and 33 in each second after it.
 *
 * @param idleMs - after which a connection without requests is closed
 * @returns takes a connection that speaks HTTP/2
 */
export function createHttp2Server(
  handle: (req: IncomingMessage, res: ServerResponse) => void,
  connections: Pick<Connections, 'addSession'>,
  idleMs: number,
): (socket: Socket) => void {
  const server = createServer({
    settings: {
      enablePush: false,
      initialWindowSize: STREAM_WINDOW,
      maxConcurrentStreams: 128,
      maxHeaderListSize: 16 * 1024,
    },
    maxHeaderListPairs: MAX_HEADERS + PSEUDO_HEADERS,
    streamResetBurst: 1000,
    streamResetRate: 33,
    Http2ServerRequest: StreamRequest,
    Http2ServerResponse: StreamResponse,
  });
  // A connection that breaks is the end of its streams, and nothing more.
  server.on('sessionError', () => undefined);
  server.on('request', (req, res) => {
    // Of HTTP/1's messages the registry uses what these have too, see http2-messages.ts.
    handle(req as unknown as IncomingMessage, res as unknown as ServerResponse);
  });
  return (socket) => {
    server.once('session', (session: ServerHttp2Session) => {
      session.setLocalWindowSize(CONNECTION_WINDOW);
      session.setTimeout(idleMs, () => session.close());
      connections.addSession(session, socket);
    });
    // Servers of HTTP/1 leave their side open when the client's ends; streams never outlive it.
    socket.allowHalfOpen = false;
    // The session is made in this very call.
    server.emit('connection', socket);
  };
}
