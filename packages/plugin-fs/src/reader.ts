import { constants } from 'node:fs';
import type { ContentReader, ReadOptions } from '@outrigger/driver';
import { alreadyClosed, cancelled, versionChanged } from '@outrigger/driver';
import { toFilesystemError } from './errors.js';
import { modTimeOf, versionOf } from './file-info.js';
import { openFile } from './open-file.js';
import type { Root } from './root.js';

/** Opens a regular file for reading. Errors of the open are those of the system. */
export async function openReader(
  root: Root,
  path: string,
  options: ReadOptions = {},
): Promise<ContentReader> {
  const { disk } = root;
  const { fd, stats } = await openFile(root, root.local(path), constants.O_RDONLY);
  const { offset = 0, length = Infinity, ifMatch, signal } = options;
  const version = versionOf(stats);
  if (ifMatch !== undefined && ifMatch !== version) {
    await disk.close(fd);
    throw versionChanged(path);
  }
  const size = Number(stats.size);
  const end = Math.min(size, offset + length);
  let position = offset;
  let closing: Promise<void> | undefined;
  let active: Promise<unknown> | undefined;

  const read = async (into: Uint8Array, count: number) => {
    try {
      const bytes = await disk.read(fd, into, count, position);
      if (signal?.aborted) throw cancelled(path, signal.reason);
      position += bytes;
      return bytes;
    } catch (error) {
      throw toFilesystemError(error, path, 'read');
    } finally {
      active = undefined;
    }
  };

  return {
    size,
    modTime: modTimeOf(stats),
    version,
    read(into) {
      if (closing !== undefined) return Promise.reject(alreadyClosed(path, 'closed'));
      if (signal?.aborted) return Promise.reject(cancelled(path, signal.reason));
      const count = Math.min(into.length, end - position);
      if (count <= 0) return Promise.resolve(0);
      const reading = read(into, count);
      active = reading;
      return reading;
    },
    close() {
      // A descriptor that is closed under a read may belong to another file by the time the read runs.
      closing ??= Promise.resolve(active)
        .catch(() => undefined)
        .then(() => disk.close(fd));
      return closing;
    },
  };
}
