import { Readable } from 'node:stream';
import type { ContentReader } from './content-reader.js';
import type { FileInfo } from './file-info.js';
import { alreadyClosed, cancelled, toStorageError } from './storage-error.js';

/**
 * A reader as a Node stream, for libraries that want one. Each chunk is a buffer of its own. Destroying the stream
 * closes the reader.
 */
export function toReadable(reader: ContentReader, chunkSize = 256 * 1024): Readable {
  return new Readable({
    highWaterMark: chunkSize,
    read() {
      const chunk = Buffer.allocUnsafeSlow(chunkSize);
      reader.read(chunk).then(
        (count) => this.push(count === 0 ? null : chunk.subarray(0, count)),
        (error: unknown) => this.destroy(toStorageError(error)),
      );
    },
    destroy(error, done) {
      void reader.close().then(() => {
        done(error);
      });
    },
  });
}

/**
 * A Node stream as a reader, for drivers whose SDK answers one.
 *
 * @param info - of the whole object
 * @param toError - maps the SDK's errors
 */
export function fromReadable(
  stream: Readable,
  info: Pick<FileInfo, 'path' | 'size' | 'modTime' | 'version'>,
  options: { signal?: AbortSignal | undefined; toError?: (error: unknown) => Error } = {},
): ContentReader {
  const { signal, toError = (error) => toStorageError(error, info.path) } = options;
  let failure: unknown;
  // The iterator listens from its first step on only; an error before that would end the process.
  stream.on('error', (error) => (failure ??= error));
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let rest: Uint8Array = new Uint8Array(0);
  let closed = false;
  const abort = () => {
    stream.destroy(cancelled(info.path, signal?.reason));
  };
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });

  return {
    size: info.size,
    modTime: info.modTime,
    ...(info.version === undefined ? {} : { version: info.version }),
    async read(into) {
      if (closed) throw alreadyClosed(info.path, 'closed');
      if (signal?.aborted) throw cancelled(info.path, signal.reason);
      try {
        while (rest.length === 0) {
          const next = await chunks.next();
          if (next.done === true) return 0;
          rest = next.value;
        }
      } catch (error) {
        throw signal?.aborted ? cancelled(info.path, error) : toError(failure ?? error);
      }
      const count = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, count));
      rest = rest.subarray(count);
      return count;
    },
    close() {
      closed = true;
      signal?.removeEventListener('abort', abort);
      stream.destroy();
      return Promise.resolve();
    },
  };
}
