import type { ContentReader } from './content-reader.js';
import { StorageError } from './storage-error.js';

/** Reads until `into` is full or the content ends; answers how many bytes that were. */
export async function readFully(reader: ContentReader, into: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const count = await reader.read(filled === 0 ? into : into.subarray(filled));
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/**
 * All that is left in a reader, which is closed afterwards.
 *
 * @param limit - the most bytes that are taken; more is an INTERNAL error, so that memory stays bounded
 */
export async function readToEnd(reader: ContentReader, limit: number): Promise<Uint8Array> {
  try {
    const chunks: Uint8Array[] = [];
    let total = 0;
    for (;;) {
      const chunk = new Uint8Array(
        Math.max(1, Math.min(limit + 1 - total, nextChunkSize(reader.size, total))),
      );
      const count = await readFully(reader, chunk);
      total += count;
      if (total > limit) throw new StorageError('INTERNAL', `content is larger than ${String(limit)} bytes`);
      if (count < chunk.length) {
        chunks.push(chunk.subarray(0, count));
        return Buffer.concat(chunks, total);
      }
      chunks.push(chunk);
    }
  } finally {
    await reader.close();
  }
}

/** The declared size is trusted only as a hint: one byte more finds the end in the same read. */
function nextChunkSize(size: number, total: number): number {
  return total === 0 ? Math.min(size + 1, 1024 * 1024) : 256 * 1024;
}
