import type {
  CallOptions,
  Capabilities,
  ContentReader,
  FileInfo,
  ListOptions,
  ListPage,
  ReadOptions,
  Redirect,
  RedirectRequest,
  Regulator,
  StorageDriver,
  WalkOptions,
  WalkPage,
  WriterMode,
  WriterOptions,
} from '@outrigger/driver';
import {
  StorageError,
  createRegulator,
  readToEnd,
  isStorageError,
  joinPath,
  baseName,
  isBelow,
} from '@outrigger/driver';
import { get, put } from '../protocol/content.js';
import { ping, shutdown } from '../protocol/lifecycle.js';
import type { Limits } from '../protocol/limits.js';
import type { Method, ParamsOf, ResultOf } from '../protocol/method.js';
import { copy, list, move, redirectURL, remove, stat, walk } from '../protocol/namespace.js';
import { fromFileInfoValue } from '../protocol/to-wire.js';
import type { DataPlane } from '../protocol/values.js';
import { writerClose, writerOpen } from '../protocol/writer.js';
import type { CallDetails, DriverConnection, TakeLate } from './connection.js';
import type { DataListener } from './data-listener.js';
import { decodeAnswer } from './decode-answer.js';
import { openLocalTarget } from './local-target.js';
import { openReader } from './open-reader.js';
import type { StalledCall } from './pending-call.js';
import { RemoteWriter } from './remote-writer.js';
import { takeTurn, toWaitError } from './take-turn.js';

/** So many times in a row content is expected to be replaced during a get at the most. */
const GET_ATTEMPTS = 32;

export interface RemoteDriverOptions {
  readonly connection: DriverConnection;
  readonly name: string;
  readonly version: string;
  readonly protocolVersion: number;
  readonly capabilities: Capabilities;
  /** Agreed planes, the preferred one first; `inline` is among them. */
  readonly dataPlanes: readonly DataPlane[];
  /** Requests that the driver works on at a time, those whose bytes go over a socket apart. */
  readonly concurrency?: number | undefined;
  readonly limits: Limits;
  readonly listener?: DataListener | undefined;
  /** Directories in which local files are accepted. */
  readonly roots: readonly string[];
}

/**
 * A driver in another process as a StorageDriver: one connection, no retries, no restart. Errors are the driver's own,
 * or UNAVAILABLE when the connection broke.
 */
export class RemoteDriver implements StorageDriver {
  readonly name: string;
  readonly version: string;
  readonly protocolVersion: number;
  readonly capabilities: Capabilities;
  readonly dataPlanes: readonly DataPlane[];
  readonly #connection: DriverConnection;
  readonly #options: RemoteDriverOptions;
  readonly #turns: Regulator | undefined;
  readonly #streams: Regulator;

  constructor(options: RemoteDriverOptions) {
    this.name = options.name;
    this.version = options.version;
    this.protocolVersion = options.protocolVersion;
    this.capabilities = options.capabilities;
    this.dataPlanes = options.dataPlanes;
    this.#connection = options.connection;
    this.#options = options;
    this.#turns = options.concurrency === undefined ? undefined : createRegulator(options.concurrency);
    this.#streams = createRegulator(options.limits.streams);
  }

  /** Resolves with the reason when the connection is over. Never rejects. */
  get broken(): Promise<Error> {
    return this.#connection.broken;
  }

  /** The connection is over; true before any call that this ends is rejected. */
  get isBroken(): boolean {
    return this.#connection.failure !== undefined;
  }

  get inFlight(): number {
    return this.#connection.inFlight;
  }

  /** The call that has been silent for longest, if any waits for the driver. */
  stalled(): StalledCall | undefined {
    return this.#connection.stalled();
  }

  /** How long ago the last sign of life came, on whatever channel, in ms. */
  silentMs(): number {
    return this.#connection.silentMs();
  }

  /** Ends the connection: every open and later call is rejected with `error`. */
  fail(error: StorageError): void {
    this.#connection.fail(error);
    void this.#options.listener?.close(error);
  }

  async ping(options: CallOptions = {}): Promise<void> {
    await this.#connection.call(ping, {}, options);
  }

  /** Asks the driver to finish and half-closes the channel; the process is the caller's to wait for. */
  async shutdown(options: CallOptions = {}): Promise<void> {
    try {
      await this.#connection.call(shutdown, {}, options);
      this.#connection.notify('exit', {});
    } finally {
      this.#connection.end();
    }
  }

  async stat(path: string, options: CallOptions = {}): Promise<FileInfo> {
    return fromFileInfoValue(await this.#call(stat, { path }, { path, signal: options.signal }));
  }

  async list(path: string, options: ListOptions = {}): Promise<ListPage> {
    const { signal, cursor, limit } = options;
    const page = await this.#call(list, { path, cursor, limit }, { path, signal });
    const stray = page.entries.findIndex((entry) => {
      const name = baseName(entry.path);
      return name === '' || entry.path !== joinPath(path, name);
    });
    if (stray !== -1) throw this.#strayed(list, path, page.entries, stray, 'the full path of a child');
    const entries = page.entries.map(({ modTime, ...entry }) => ({
      ...entry,
      ...(modTime === undefined ? {} : { modTime: new Date(modTime) }),
    }));
    return { ...page, entries };
  }

  async walk(path: string, options: WalkOptions = {}): Promise<WalkPage> {
    const { signal, after, skipChildren, limit } = options;
    const page = await this.#call(walk, { path, after, skipChildren, limit }, { path, signal });
    const stray = page.entries.findIndex((entry) => !isBelow(entry.path, path));
    if (stray !== -1) throw this.#strayed(walk, path, page.entries, stray, 'a path below it');
    return { entries: page.entries.map(fromFileInfoValue), done: page.done };
  }

  async get(path: string, options: CallOptions = {}): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#getOnce(path, options);
      } catch (error) {
        // Content that is replaced while it is read in parts is read again: a get sees one content, whole.
        const isReplaced = isStorageError(error, 'UNAVAILABLE') && !error.retryable && !this.isBroken;
        if (!isReplaced || attempt === GET_ATTEMPTS) throw error;
      }
    }
  }

  async #getOnce(path: string, options: CallOptions): Promise<Uint8Array> {
    const { content, size, version } = await this.#call(get, { path }, { path, signal: options.signal });
    if (content !== undefined) {
      const bytes = decodeAnswer(content, { method: get, path, field: 'result.content' }, this.#connection);
      if (bytes.length === size) return bytes;
      const what = `the driver answered ${String(bytes.length)} of ${String(size)} bytes: ${path} (see docs/protocol/reference.md#get)`;
      throw new StorageError('UNAVAILABLE', what, { path });
    }
    const { putBytes } = this.#options.limits;
    if (size > putBytes) {
      throw new StorageError(
        'UNSUPPORTED',
        `get takes at most ${String(putBytes)} bytes, not ${String(size)}: use a reader`,
        { path },
      );
    }
    return readToEnd(await this.reader(path, { ...options, ifMatch: version }), putBytes);
  }

  async put(path: string, content: Uint8Array, options: CallOptions = {}): Promise<void> {
    if (content.length <= this.#options.limits.smallContentBytes) {
      const data = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64');
      await this.#call(put, { path, content: data }, { path, signal: options.signal });
      return;
    }
    const writer = await this.#openWriter(path, 'put', {
      expectedSize: content.length,
      signal: options.signal,
    });
    try {
      await writer.write(content);
      await writer.commit();
    } catch (error) {
      await writer.cancel().catch(() => undefined);
      throw error;
    }
  }

  async reader(path: string, options: ReadOptions = {}): Promise<ContentReader> {
    return openReader(path, options, {
      call: (method, params, details) => this.#call(method, params, details),
      // A stream may be as slow as its client: it takes a stream, and no turn.
      callStream: (method, params, details) => this.#connection.call(method, params, details),
      connection: this.#connection,
      planes: this.dataPlanes,
      listener: this.#options.listener,
      limits: this.#options.limits,
      roots: this.#options.roots,
      takeStream: (signal) => this.#takeStream(path, signal),
    });
  }

  writer(path: string, options: WriterOptions = {}): Promise<RemoteWriter> {
    return this.#openWriter(path, options.mode ?? 'truncate', options);
  }

  async move(source: string, destination: string, options: CallOptions = {}): Promise<void> {
    await this.#call(move, { source, destination }, { path: source, signal: options.signal });
  }

  async copy(source: string, destination: string, options: CallOptions = {}): Promise<void> {
    await this.#call(copy, { source, destination }, { path: source, signal: options.signal });
  }

  async delete(path: string, options: CallOptions = {}): Promise<void> {
    await this.#call(remove, { path }, { path, signal: options.signal });
  }

  async redirectURL(path: string, request: RedirectRequest): Promise<Redirect | null> {
    const { signal, ...facts } = request;
    const { url, expiresAt } = await this.#call(redirectURL, { path, ...facts }, { path, signal });
    if (url === null) return null;
    return { url, ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }) };
  }

  async close(): Promise<void> {
    this.fail(new StorageError('UNAVAILABLE', 'the driver was closed', { retryable: false }));
    await this.#options.listener?.close();
  }

  async #openWriter(path: string, mode: WriterMode | 'put', options: WriterOptions): Promise<RemoteWriter> {
    const { expectedSize, signal } = options;
    // A writer that was opened for nobody would hold its file until the driver ends.
    const closeLate = ({ writer }: { writer: string }) => {
      this.#connection.call(writerClose, { writer }, { path }).catch(() => undefined);
    };
    const params = { path, mode, expectedSize };
    const { writer, size, file } = await this.#call(writerOpen, params, { path, signal }, closeLate);
    const { limits, listener, roots } = this.#options;
    // What is known to be small goes inline whatever there is.
    const isSmall = expectedSize !== undefined && expectedSize <= limits.smallContentBytes;
    const isLocal = this.dataPlanes[0] === 'file' && !isSmall;
    const target = isLocal ? await openLocalTarget(file, path, roots) : undefined;
    return new RemoteWriter({
      path,
      writer,
      size,
      connection: this.#connection,
      limits,
      target,
      listener: this.dataPlanes.includes('socket') ? listener : undefined,
      call: (method, params) => this.#call(method, params, { path }),
      takeStream: () => this.#takeStream(path),
    });
  }

  #strayed(
    method: Method,
    path: string,
    entries: readonly { readonly path: string }[],
    index: number,
    expected: string,
  ): StorageError {
    const field = `result.entries[${String(index)}].path`;
    return this.#connection.lied({
      method,
      path,
      field,
      expected,
      received: JSON.stringify(entries[index]?.path),
    });
  }

  #call<M extends Method>(
    method: M,
    params: ParamsOf<M>,
    details: CallDetails & { path: string },
    takeLate?: TakeLate<M>,
  ): Promise<ResultOf<M>> {
    const send = () => this.#connection.call(method, params, details, takeLate);
    if (this.#turns === undefined) return send();
    return this.#turns.run(send, details.signal).catch((error: unknown) => {
      throw toWaitError(error, details.path, details.signal);
    });
  }

  /** Waits for a stream to be free; answers the function that gives it back. */
  async #takeStream(path: string, signal?: AbortSignal): Promise<() => void> {
    if (this.#connection.failure !== undefined) throw this.#connection.failure;
    return takeTurn(this.#streams, signal).catch((error: unknown) => {
      throw toWaitError(error, path, signal);
    });
  }
}
