import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { endAfterBody } from './end-after-body.js';

/** What is open, and what goes on there: needed for an end that cuts nobody off. */
export interface Connections {
  readonly count: number;
  readonly draining: boolean;
  /** A connection of HTTP/1, as soon as it can carry requests. */
  add(socket: Socket): void;
  /** A connection of HTTP/2. */
  addSession(session: ServerHttp2Session, socket: Socket): void;
  /** A request of HTTP/1 begins. False: it came behind the end of the connection, and must not be carried out. */
  begin(req: IncomingMessage, res: ServerResponse): boolean;
  /** From now on connections are told to close; what is idle is closed by {@link Connections.sweep}. */
  drain(): void;
  /** Ends every connection on which nothing is going on. */
  sweep(): void;
  destroyAll(): void;
}

/** A client that has just connected gets so long to send its first byte, milliseconds. */
const FIRST_BYTE_MS = 1000;
/** Between the end of our side and that of the connection, for a client that does not close its own. */
const CLOSE_MS = 500;

/** @param maxRequests - on one connection of HTTP/1 */
export function createConnections(maxRequests: number): Connections {
  const open = new Map<Socket, Connection>();
  const sessions = new Map<ServerHttp2Session, Socket>();
  let draining = false;
  return {
    get count() {
      return open.size + sessions.size;
    },
    get draining() {
      return draining;
    },
    add(socket) {
      open.set(socket, new Connection(socket, maxRequests));
      socket.once('close', () => open.delete(socket));
    },
    addSession(session, socket) {
      sessions.set(session, socket);
      socket.once('close', () => sessions.delete(session));
      if (draining) session.close();
    },
    begin(req, res) {
      const connection = open.get(req.socket);
      if (connection === undefined) return true;
      if (draining) res.shouldKeepAlive = false;
      return connection.begin(res);
    },
    drain() {
      draining = true;
      // GOAWAY: the streams that are open end well, and the client knows which requests to send elsewhere.
      for (const session of sessions.keys()) session.close();
      for (const connection of open.values()) connection.announceClose();
    },
    sweep() {
      for (const connection of open.values()) if (connection.isIdle()) connection.end();
    },
    destroyAll() {
      for (const [session, socket] of sessions) {
        session.destroy();
        socket.destroy();
      }
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

class Connection {
  readonly #socket: Socket;
  readonly #maxRequests: number;
  readonly #since = performance.now();
  /** Requests whose answer the system has not taken yet. */
  #busy = 0;
  #requests = 0;
  #last: ServerResponse | undefined;
  /** Bytes that belong to requests that are over: any more are the begin of another one. */
  #settled: number;
  #ended = false;

  constructor(socket: Socket, maxRequests: number) {
    this.#socket = socket;
    this.#maxRequests = maxRequests;
    this.#settled = socket.bytesRead;
    endAfterBody(socket, () => this.#last?.req);
  }

  begin(res: ServerResponse): boolean {
    if (this.#ended) {
      this.#socket.destroy();
      return false;
    }
    // Sent without waiting for the answers; the last one of them says that it is the last.
    if (this.#requests === this.#maxRequests) return false;
    if (++this.#requests === this.#maxRequests) res.shouldKeepAlive = false;
    this.#busy++;
    this.#last = res;
    res.once('close', this.#release);
    return true;
  }

  announceClose(): void {
    if (this.#busy > 0 && this.#last?.headersSent === false) this.#last.shouldKeepAlive = false;
  }

  /** Node's own notion takes an answer for done when its last byte is written, also when a slow client has no room for it yet. */
  isIdle(): boolean {
    const { bytesRead } = this.#socket;
    if (this.#ended || this.#busy > 0 || bytesRead !== this.#settled) return false;
    return this.#last !== undefined || performance.now() - this.#since >= FIRST_BYTE_MS;
  }

  /** The client gets to read all that was sent before, and an orderly end. */
  end(): void {
    const socket = this.#socket;
    this.#ended = true;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), CLOSE_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  readonly #release = (): void => {
    this.#busy--;
    const req = this.#last?.req;
    if (req === undefined || req.complete) this.#settle();
    // The rest of a body that nobody wanted still comes in.
    else req.once('close', () => this.#settle());
  };

  #settle(): void {
    if (this.#busy === 0) this.#settled = this.#socket.bytesRead;
  }
}
