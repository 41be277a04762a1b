import type { ContentReader } from '@outrigger/driver';
import type { Body } from './body.js';
import type { BufferPool } from './buffer-pool.js';

/** What a reader of the storage has left, as a body. The reader stays the caller's to close. */
export function bodyOfReader(reader: ContentReader, buffers: BufferPool): Body {
  return {
    length: undefined,
    async pour(take) {
      const buffer = buffers.acquire(reader.size);
      try {
        // Each piece is taken before the next one is asked for.
        for (let count = await reader.read(buffer); count > 0; count = await reader.read(buffer))
          await take(buffer.subarray(0, count));
      } finally {
        buffers.release(buffer);
      }
    },
  };
}
