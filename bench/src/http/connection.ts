import type { Socket } from 'node:net';
import { connect as connectSocket } from 'node:net';
import type { Answer, Sink } from './response-parser.js';
import { ResponseParser } from './response-parser.js';

export interface Request {
  readonly method: string;
  readonly path: string;
  /** Header lines, each with its line break. */
  readonly headers?: string | undefined;
  readonly body?: readonly Uint8Array[] | undefined;
  /** Takes the body of the answer piece by piece; a piece is overwritten later. */
  readonly sink?: Sink | undefined;
}

/** For all connections: a read ends up here and is taken before the next one starts. It fits into the cache of a core. */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1024);
/** Two pieces of 1 MiB may wait in the socket while the kernel takes a third. */
const WRITE_AHEAD = 2 * 1024 * 1024;

/** A keep-alive connection to a port of this machine: one request at a time, no allocation for what comes in. */
export class Connection {
  readonly #socket: Socket;
  readonly #parser: ResponseParser;
  #pending: PromiseWithResolvers<Answer> | undefined;
  #failure: Error | undefined;

  private constructor(port: number, onConnect: () => void) {
    this.#parser = new ResponseParser((answer) => this.#settle(answer));
    const options = {
      host: '127.0.0.1',
      port,
      noDelay: true,
      writableHighWaterMark: WRITE_AHEAD,
      onread: {
        buffer: READ_BUFFER,
        callback: (length: number, buffer: Uint8Array) => this.#take(length, buffer),
      },
    };
    this.#socket = connectSocket(options, onConnect);
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => {
      this.#parser.end();
      this.#fail(new Error('the server closed the connection'));
    });
  }

  static async open(port: number): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const connection = new Connection(port, () => resolve(undefined));
    connection.#socket.once('error', reject);
    await promise;
    return connection;
  }

  async send({ method, path, headers = '', body, sink }: Request): Promise<Answer> {
    const length = body?.reduce((sum, part) => sum + part.length, 0);
    const lengthLine = length === undefined ? '' : `Content-Length: ${length}\r\n`;
    const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}${lengthLine}\r\n`;
    return this.sendHead(head, method === 'HEAD', sink, body);
  }

  /** {@link send} with the head made beforehand. */
  sendHead(head: string, isHead: boolean, sink?: Sink, body: readonly Uint8Array[] = []): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#parser.expect(isHead, sink);
    const pending = Promise.withResolvers<Answer>();
    this.#pending = pending;
    this.#socket.write(head, 'latin1');
    if (body.length > 0) void this.#write(body, pending);
    return pending.promise;
  }

  /** Whether it has ended: a server closes what is idle for long. */
  get isClosed(): boolean {
    return this.#failure !== undefined;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #write(body: readonly Uint8Array[], pending: PromiseWithResolvers<Answer>): Promise<void> {
    for (const part of body) {
      // An early answer, or the end.
      if (this.#pending !== pending) {
        this.close();
        return;
      }
      if (this.#socket.write(part)) continue;
      await new Promise<void>((resolve) => {
        const go = () => {
          this.#socket.off('drain', go).off('close', go);
          resolve();
        };
        this.#socket.on('drain', go).on('close', go);
      });
    }
  }

  #take(length: number, buffer: Uint8Array): boolean {
    try {
      this.#parser.push(Buffer.from(buffer.buffer, buffer.byteOffset, length));
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error('no answer of HTTP', { cause: error }));
    }
    return true;
  }

  #settle(answer: Answer): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) this.#socket.destroy(new Error('an answer that nobody asked for'));
    else pending.resolve(answer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#pending?.reject(this.#failure);
    this.#pending = undefined;
  }
}
