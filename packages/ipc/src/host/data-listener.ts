import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { StorageError } from '@outrigger/driver';
import type { PreambleValue } from '../protocol/content.js';
import type { Limits } from '../protocol/limits.js';
import { DataConnection } from './data-connection.js';

/** The longest path that fits sockaddr_un, without the final NUL. */
export const MAX_SOCKET_PATH = 103;

export interface Dialled {
  readonly connection: DataConnection;
  readonly preamble: PreambleValue;
}

export interface ExpectedConnection {
  readonly token: string;
  /** Rejects when the listener is closed. */
  readonly dialled: Promise<Dialled>;
  /** Nobody waits any more: the token is void. */
  forget(): void;
}

/** Listens on a Unix socket for the data connections that a driver dials, and matches them to requests by their tokens. */
export class DataListener {
  readonly path: string;
  readonly #limits: Limits;
  readonly #waiting = new Map<string, PromiseWithResolvers<Dialled>>();
  readonly #open = new Set<Socket>();
  #server: Server | undefined;
  #listening: Promise<void> | undefined;
  #closedBy: StorageError | undefined;

  private constructor(path: string, limits: Limits) {
    this.path = path;
    this.#limits = limits;
  }

  /**
   * @param directory - private to the driver (mode 0700)
   * @throws StorageError UNSUPPORTED when the path is too long for a socket, UNAVAILABLE when nobody can listen there
   */
  static async listen(directory: string, limits: Limits): Promise<DataListener> {
    const path = join(directory, 'data.sock');
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
      throw new StorageError(
        'UNSUPPORTED',
        `the path of a data socket is over ${String(MAX_SOCKET_PATH)} bytes: ${path}`,
      );
    }
    const listener = new DataListener(path, limits);
    await listener.#listenOnce();
    return listener;
  }

  /**
   * A token for one connection. Listens again when the socket's file has vanished.
   *
   * @throws StorageError UNAVAILABLE when that fails, and after `close`
   */
  async expect(): Promise<ExpectedConnection> {
    const isThere = this.#closedBy !== undefined || existsSync(this.path);
    if (this.#listening !== undefined || !isThere) await this.#listenOnce();
    if (this.#closedBy !== undefined) throw this.#closedBy;
    const token = randomBytes(16).toString('hex');
    const waiting = Promise.withResolvers<Dialled>();
    const { promise: dialled } = waiting;
    dialled.catch(() => undefined);
    this.#waiting.set(token, waiting);
    return { token, dialled, forget: () => void this.#waiting.delete(token) };
  }

  /** @param reason - what those get who still wait for a connection */
  async close(
    reason = new StorageError('UNAVAILABLE', `the data socket ${this.path} is closed`),
  ): Promise<void> {
    this.#closedBy ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#closedBy);
    this.#waiting.clear();
    await this.#listening?.catch(() => undefined);
    this.#server?.close();
    for (const socket of this.#open) socket.destroy();
    await rm(this.path, { force: true });
  }

  /** Several requests may find at the same time that the file is gone. */
  #listenOnce(): Promise<void> {
    this.#listening ??= this.#listen()
      .catch((cause: unknown) => {
        throw new StorageError('UNAVAILABLE', `nobody can listen on the data socket ${this.path}`, { cause });
      })
      .finally(() => {
        this.#listening = undefined;
      });
    return this.#listening;
  }

  async #listen(): Promise<void> {
    this.#server?.close();
    await rm(this.path, { force: true });
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      this.#receive(socket);
    });
    // Those whose token nobody has checked yet come on top of the streams.
    server.maxConnections = 2 * this.#limits.streams;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      // Kept for good: a connection that cannot be accepted, for want of descriptors, fails in the driver.
      server.on('error', reject).listen(this.path, resolve);
    });
    server.unref();
  }

  #receive(accepted: Socket): void {
    const connection = new DataConnection(accepted, this.#limits.preambleBytes, (preamble) => {
      const take = preamble === null ? undefined : this.#waiting.get(preamble.token);
      if (preamble === null || take === undefined) {
        connection.socket.destroy();
        return;
      }
      this.#waiting.delete(preamble.token);
      take.resolve({ connection, preamble });
    });
    this.#open.add(connection.socket);
    connection.socket.once('close', () => this.#open.delete(connection.socket));
  }
}
