import type { ContentReader, ReadOptions } from '@outrigger/driver';
import { alreadyClosed, cancelled } from '@outrigger/driver';
import type { File } from './tree.js';

/** Reads the file as it is now, whatever replaces it at its path later. */
export function createReader(path: string, file: File, options: ReadOptions = {}): ContentReader {
  const { offset = 0, length = Infinity, signal } = options;
  const { content, size, modTime, version } = file;
  const end = Math.min(size, offset + length);
  let position = offset;
  let closed = false;
  return {
    size,
    modTime,
    version,
    async read(into) {
      if (closed) throw alreadyClosed(path, 'closed');
      if (signal?.aborted) throw cancelled(path, signal.reason);
      if (position >= end) return 0;
      const count = content.copyTo(into.subarray(0, Math.min(into.length, end - position)), position);
      position += count;
      return count;
    },
    async close() {
      closed = true;
    },
  };
}
