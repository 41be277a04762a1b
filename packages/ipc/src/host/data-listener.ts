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
  readonly dialled: Promise<Dialled>;
  /** Nobody waits any more: the token is void. */
  forget(): void;
}

/** Listens on a Unix socket for the data connections that a driver dials, and matches them to requests by their tokens. */
export class DataListener {
  readonly path: string;
  readonly #preambleBytes: number;
  readonly #waiting = new Map<string, (dialled: Dialled) => void>();
  readonly #open = new Set<Socket>();
  #server: Server | undefined;

  private constructor(path: string, preambleBytes: number) {
    this.path = path;
    this.#preambleBytes = preambleBytes;
  }

  /**
   * @param directory - private to the driver (mode 0700)
   * @throws StorageError UNSUPPORTED when the path is too long for a socket
   */
  static async listen(directory: string, limits: Limits): Promise<DataListener> {
    const path = join(directory, 'data.sock');
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
      throw new StorageError(
        'UNSUPPORTED',
        `the path of a data socket is over ${String(MAX_SOCKET_PATH)} bytes: ${path}`,
      );
    }
    const listener = new DataListener(path, limits.preambleBytes);
    await listener.#listen();
    return listener;
  }

  /** A token for one connection. Listens again when the socket's file has vanished. */
  async expect(): Promise<ExpectedConnection> {
    if (!existsSync(this.path)) await this.#listen();
    const token = randomBytes(16).toString('hex');
    const dialled = new Promise<Dialled>((resolve) => {
      this.#waiting.set(token, resolve);
    });
    return { token, dialled, forget: () => void this.#waiting.delete(token) };
  }

  async close(): Promise<void> {
    this.#server?.close();
    this.#waiting.clear();
    for (const socket of this.#open) socket.destroy();
    await rm(this.path, { force: true });
  }

  async #listen(): Promise<void> {
    this.#server?.close();
    await rm(this.path, { force: true });
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
      this.#receive(socket);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.path, resolve);
    });
    server.unref();
  }

  #receive(accepted: Socket): void {
    const connection = new DataConnection(accepted, this.#preambleBytes, (preamble) => {
      const take = preamble === null ? undefined : this.#waiting.get(preamble.token);
      if (preamble === null || take === undefined) {
        connection.socket.destroy();
        return;
      }
      this.#waiting.delete(preamble.token);
      take({ connection, preamble });
    });
    this.#open.add(connection.socket);
    connection.socket.once('close', () => this.#open.delete(connection.socket));
  }
}
