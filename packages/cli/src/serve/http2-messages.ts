import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Http2ServerRequest, Http2ServerResponse, constants } from 'node:http2';
import type { ReadableOptions } from 'node:stream';

/**
 * Node's messages of HTTP/2, where they differ from those of HTTP/1 in what the registry relies on.
 *
 * A body that breaks off rejects for its reader; Node's own ends it as if it were complete.
 */
export class StreamRequest extends Http2ServerRequest {
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: ReadableOptions,
    rawHeaders: readonly string[],
  ) {
    super(stream, headers, options, rawHeaders);
    headers.host ??= headers[':authority'];
    // A body needs no length here: what HTTP/1 says of such a one, and no client of HTTP/2 may (RFC 9113, 8.2.2).
    if (!stream.endAfterHeaders && headers['content-length'] === undefined) {
      headers['transfer-encoding'] = 'chunked';
    }
    this.on('error', ignore);
    stream.once('aborted', () => this.destroy(new Error('aborted')));
  }

  /** Whoever gives up the request wants no more of its body. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.stream.closed) this.stream.close(error === null ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL);
    callback(error);
  }
}

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants;

/** An answer that is given up is a stream reset by an error, and so never taken for a whole one. */
export class StreamResponse extends Http2ServerResponse<StreamRequest> {
  constructor(stream: ServerHttp2Stream) {
    super(stream);
    // Declared by the type, and not there.
    Object.defineProperty(this, 'destroyed', { get: () => stream.destroyed || stream.closed });
  }

  /** Of the body. */
  bytesWritten = 0;

  // Also what `end` is given comes here.
  override write(chunk: string | Uint8Array, ...rest: unknown[]): boolean {
    this.bytesWritten += Buffer.byteLength(chunk);
    return (super.write as (...args: unknown[]) => boolean)(chunk, ...rest);
  }

  override destroy(): this {
    if (!this.destroyed) this.stream.close(NGHTTP2_INTERNAL_ERROR);
    return this;
  }

  override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    super.end(chunk as string, encoding as BufferEncoding, callback as () => void);
    this.#refuseRest();
    return this;
  }

  /** What is left of the request's body is not wanted any more (RFC 9113, 8.1). */
  #refuseRest(): void {
    const { stream, req } = this;
    if (stream.endAfterHeaders || req.readableEnded) return;
    const refuse = () => {
      if (!stream.closed && !req.readableEnded) stream.close(NGHTTP2_NO_ERROR);
    };
    // Node marks the end of the answer only behind this event.
    stream.once('finish', () => setImmediate(refuse));
  }
}

function ignore(): void {
  // What broke off is reported to whoever reads the body.
}
