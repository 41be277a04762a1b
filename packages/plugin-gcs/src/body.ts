import { StorageError } from '@outrigger/driver';
import type { Readable } from 'node:stream';

/** Without a byte, while somebody waits for one. */
const IDLE_MS = 30_000;

/** The chunks of a body. A connection that has died without a word is found out; `return` gives it up at any time. */
export function toChunks(body: Readable, key: string): AsyncIterable<Uint8Array> {
  const chunks: AsyncIterator<unknown, undefined> = body[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    const idle = setTimeout(() => body.destroy(new Error('no byte for too long')), IDLE_MS);
    try {
      const result = await chunks.next();
      if (result.done === true) return result;
      return result.value instanceof Uint8Array ? { value: result.value } : await next();
    } catch (error) {
      throw broken(key, error);
    } finally {
      clearTimeout(idle);
    }
  };
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    next,
    return() {
      body.destroy();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

function broken(key: string, cause: unknown): StorageError {
  return new StorageError('UNAVAILABLE', `the connection broke in the middle of ${key}`, {
    path: key,
    cause,
  });
}
