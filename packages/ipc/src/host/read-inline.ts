import { StorageError, alreadyClosed, cancelled } from '@outrigger/driver';
import type { ContentReader } from '@outrigger/driver';

/** One answer of a read on the inline plane. */
export interface InlineChunk {
  readonly data: string;
  readonly size: number;
  readonly modTime: number;
  readonly version?: string | undefined;
}

export interface InlineReadOptions {
  readonly path: string;
  readonly first: InlineChunk;
  /** Where `first` starts. */
  readonly offset: number;
  readonly length?: number | undefined;
  /** Asks for `length` bytes at `offset` of the version that the first answer named. */
  pull(offset: number, length: number, version: string | undefined): Promise<InlineChunk>;
  /** @throws StorageError for what is no base64 */
  decode(data: string): Buffer;
  /** The driver has sent more bytes than it was asked for. */
  tooMany(got: number, wanted: number): StorageError;
  readonly chunkSize: number;
  readonly signal?: AbortSignal | undefined;
}

/** Content in base64, a range an answer: the host asks when its consumer asks, so not asking is the backpressure. */
export function readInline(options: InlineReadOptions): ContentReader {
  const { path, first, chunkSize, signal } = options;
  const end = Math.min(
    first.size,
    options.length === undefined ? first.size : options.offset + options.length,
  );
  let position = options.offset;
  let chunk = options.decode(first.data);
  let closed = false;
  const asked = Math.min(options.length ?? chunkSize, chunkSize);
  if (chunk.length > asked) throw options.tooMany(chunk.length, asked);
  const left = Math.max(0, end - position);
  if (chunk.length > left) throw wrongLength(path, chunk.length, left);

  return {
    size: first.size,
    modTime: new Date(first.modTime),
    ...(first.version === undefined ? {} : { version: first.version }),
    async read(into) {
      if (closed) throw alreadyClosed(path, 'closed');
      if (signal?.aborted === true) throw cancelled(path, signal.reason);
      if (position >= end) return 0;
      if (chunk.length === 0) {
        const wanted = Math.min(chunkSize, end - position);
        const next = await options.pull(position, wanted, first.version);
        chunk = options.decode(next.data);
        if (next.size !== first.size) throw changed(path, first.size, next.size);
        if (chunk.length > wanted) throw options.tooMany(chunk.length, wanted);
        if (chunk.length === 0) throw wrongLength(path, 0, wanted);
      }
      const count = chunk.copy(into);
      chunk = chunk.subarray(count);
      position += count;
      return count;
    },
    close() {
      closed = true;
      return Promise.resolve();
    },
  };
}

/** Without versions nobody sees it when the sizes are the same: docs/protocol/content.md#reading. */
function changed(path: string, was: number, is: number): StorageError {
  return new StorageError(
    'UNAVAILABLE',
    `content of ${String(was)} bytes became content of ${String(is)} while it was read: ${path} (a driver that answers versions is asked for one of them; see docs/protocol/content.md#reading)`,
    { path },
  );
}

/** Content that changed between two looks of the driver at it: no lie, but nothing to go on with. */
function wrongLength(path: string, got: number, wanted: number): StorageError {
  return new StorageError(
    'UNAVAILABLE',
    `the driver answered ${String(got)} of ${String(wanted)} bytes: ${path} (see docs/protocol/content.md#plane-inline)`,
    { path },
  );
}
