import type { Socket } from 'node:net';
import { StorageError } from '@outrigger/driver';
import type { FileWriter } from '@outrigger/driver';
import type { Limits } from '../protocol/limits.js';
import type { Method, ParamsOf, ResultOf } from '../protocol/method.js';
import { writerCancel, writerClose, writerCommit, writerWrite } from '../protocol/writer.js';
import type { DriverConnection } from './connection.js';
import type { DataListener } from './data-listener.js';
import { inlinePieceBytes } from './inline-piece.js';
import type { LocalTarget } from './local-target.js';
import type { PendingCall } from './pending-call.js';

export interface RemoteWriterOptions {
  readonly path: string;
  readonly writer: string;
  readonly size: number;
  readonly connection: DriverConnection;
  readonly limits: Limits;
  /** The writer's file, where this process may write it; preferred to a socket. */
  readonly target?: LocalTarget | undefined;
  /** Absent: content that does not go into the file goes inline. */
  readonly listener?: DataListener | undefined;
  /** Makes a call of this writer when it is its turn. */
  readonly call: <M extends Method>(method: M, params: ParamsOf<M>) => Promise<ResultOf<M>>;
  /** Takes one of the streams that may be open at a time. */
  readonly takeStream: () => Promise<() => void>;
}

/** A driver is told after so many bytes; it may sync them while more are coming. */
const TELL_BYTES = 4 * 1024 * 1024;

/** One `writer/write` whose bytes go over a socket; it lasts until the writer needs an answer. */
interface Stream {
  readonly socket: Socket;
  readonly answered: Promise<{ size: number }>;
  readonly pending: PendingCall | undefined;
}

/**
 * A writer in a driver's process. Small content waits for company and then goes inline; the rest flows over one socket.
 * The signal of the open is not passed on: a client that leaves never cancels a commit.
 */
export class RemoteWriter implements FileWriter {
  readonly #options: RemoteWriterOptions;
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #sent: number;
  #stream: Stream | undefined;
  /** Bytes in the writer's file that the driver was not told of. */
  #untold = 0;

  constructor(options: RemoteWriterOptions) {
    this.#options = options;
    this.#sent = options.size;
  }

  get size(): number {
    return this.#sent + this.#untold + this.#heldBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { limits, listener, target } = this.#options;
    if (this.#stream !== undefined) {
      await this.#send(this.#stream, chunk);
      return;
    }
    if (this.#untold === 0 && this.#heldBytes + chunk.length <= limits.smallContentBytes) {
      this.#held.push(Buffer.from(chunk));
      this.#heldBytes += chunk.length;
      return;
    }
    if (target !== undefined) {
      await this.#writeLocal(target, chunk);
      return;
    }
    if (listener === undefined) {
      await this.#writeInline(Buffer.concat([...this.#takeHeld(), chunk]));
      return;
    }
    const stream = await this.#openStream(listener);
    for (const held of this.#takeHeld()) await this.#send(stream, held);
    await this.#send(stream, chunk);
  }

  /** However the content fared, the driver's writer is closed, and {@link size} is then what is durable. */
  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      const { call, writer, target } = this.#options;
      await target?.close();
      const { size } = await call(writerClose, { writer });
      this.#sent = size;
      this.#untold = 0;
    }
  }

  commit(): Promise<void> {
    return this.#commit(undefined);
  }

  commitTo(path: string): Promise<void> {
    return this.#commit(path);
  }

  async #commit(to: string | undefined): Promise<void> {
    const { call, writer, target } = this.#options;
    await this.#endStream();
    // What is in the file is told with the commit itself, unless more has to follow it.
    if (this.#heldBytes > 0) await this.#flush();
    await target?.close();
    const written = this.#untold === 0 ? undefined : this.#untold;
    const expected = this.size;
    this.#untold = 0;
    // Told of, also when the commit fails: the writer stays open then.
    this.#sent = expected;
    const { size } = await call(writerCommit, { writer, size: expected, written, to });
    this.#acknowledge(writerCommit, size, expected);
  }

  async cancel(): Promise<void> {
    this.#takeHeld();
    await this.#endStream().catch(() => undefined);
    const { call, writer, target } = this.#options;
    await target?.close();
    this.#untold = 0;
    await call(writerCancel, { writer });
  }

  #takeHeld(): Buffer[] {
    this.#heldBytes = 0;
    return this.#held.splice(0);
  }

  async #flush(): Promise<void> {
    await this.#endStream();
    await this.#tell();
    if (this.#heldBytes > 0) await this.#writeInline(Buffer.concat(this.#takeHeld()));
  }

  async #writeLocal(target: LocalTarget, chunk: Uint8Array): Promise<void> {
    const { connection } = this.#options;
    for (const piece of [...this.#takeHeld(), chunk]) {
      // A driver that is gone may have given the file up: whoever comes next would find these bytes in it.
      if (connection.failure !== undefined) throw connection.failure;
      await target.write(piece, this.#sent + this.#untold);
      this.#untold += piece.length;
    }
    if (this.#untold >= TELL_BYTES) await this.#tell();
  }

  /** The driver learns from time to time, and before each end, what is in its file. */
  async #tell(): Promise<void> {
    if (this.#untold === 0) return;
    const { call, writer } = this.#options;
    const written = this.#untold;
    this.#untold = 0;
    const { size } = await call(writerWrite, { writer, offset: this.#sent, written });
    this.#acknowledge(writerWrite, size, this.#sent + written);
  }

  async #writeInline(content: Buffer): Promise<void> {
    const { call, writer, limits } = this.#options;
    const piece = inlinePieceBytes(limits);
    for (let at = 0; at < content.length; at += piece) {
      const data = content.subarray(at, at + piece);
      const params = { writer, offset: this.#sent, data: data.toString('base64') };
      const { size } = await call(writerWrite, params);
      this.#acknowledge(writerWrite, size, this.#sent + data.length);
    }
  }

  async #openStream(listener: DataListener): Promise<Stream> {
    const { connection, writer, path, takeStream } = this.#options;
    const giveStream = await takeStream();
    const expected = await listener.expect().catch((error: unknown) => {
      giveStream();
      throw error;
    });
    let pending: PendingCall | undefined;
    const onPending = (call: PendingCall) => {
      pending = call;
    };
    const params = { writer, offset: this.#sent, token: expected.token };
    const answered = connection.call(writerWrite, params, { path, onPending }).finally(() => {
      expected.forget();
      giveStream();
    });
    answered.catch(() => undefined);
    const first = await Promise.race([expected.dialled, answered]);
    if (!('connection' in first)) {
      throw connection.lied({
        method: writerWrite,
        path,
        field: 'result',
        expected: 'it behind the bytes that the token is for',
        received: 'it before any connection',
        see: 'content.md#writing',
      });
    }
    const { socket } = first.connection;
    socket.on('error', () => undefined);
    first.connection.consume(() => true);
    // With the answer nobody takes more bytes, whether the driver closes the connection or not.
    const drop = () => {
      socket.destroy();
    };
    answered.then(drop, drop);
    if (pending !== undefined) pending.waitingSince = undefined;
    this.#stream = { socket, answered, pending };
    return this.#stream;
  }

  /** When the connection breaks, the answer to the request says why: it may be QUOTA_EXCEEDED behind an EPIPE. */
  async #send({ socket, answered, pending }: Stream, chunk: Uint8Array): Promise<void> {
    const { path, connection } = this.#options;
    if (pending !== undefined) pending.waitingSince = performance.now();
    const error = await new Promise<Error | null | undefined>((resolve) => {
      if (socket.destroyed || socket.writableEnded) resolve(new Error('the data connection is closed'));
      else socket.write(chunk, resolve);
    });
    connection.touch();
    if (pending !== undefined) pending.waitingSince = undefined;
    if (error === null || error === undefined) {
      this.#sent += chunk.length;
      return;
    }
    if (pending !== undefined) pending.waitingSince = performance.now();
    // Whoever called knows now; a later close or cancel has its own outcome.
    this.#stream = undefined;
    const { size } = await answered;
    this.#sent = size;
    throw new StorageError('UNAVAILABLE', `a data connection broke: ${path}`, { path, cause: error });
  }

  async #endStream(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    if (stream.pending !== undefined) stream.pending.waitingSince = performance.now();
    stream.socket.end();
    try {
      const { size } = await stream.answered;
      this.#acknowledge(writerWrite, size, this.#sent);
    } finally {
      stream.socket.destroy();
    }
  }

  #acknowledge(method: Method, size: number, expected: number): void {
    this.#sent = size;
    if (size === expected) return;
    const { connection, path } = this.#options;
    throw connection.lied({
      method,
      path,
      field: 'result.size',
      expected: `${String(expected)}, the bytes that the writer was given`,
      received: String(size),
      see: 'content.md#writing',
    });
  }
}
