import { constants, read as readFile } from 'node:fs';
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
  const { handle, stats } = await openFile(root, root.local(path), constants.O_RDONLY);
  const { offset = 0, length = Infinity, ifMatch, signal } = options;
  const version = versionOf(stats);
  if (ifMatch !== undefined && ifMatch !== version) {
    await handle.close();
    throw versionChanged(path);
  }
  const { fd } = handle;
  const size = Number(stats.size);
  const end = Math.min(size, offset + length);
  let position = offset;
  let closing: Promise<void> | undefined;
  let active: Promise<unknown> | undefined;

  // By hand and without a FileHandle's bookkeeping: this is the path that every pulled byte takes.
  const read = (into: Uint8Array, count: number) =>
    new Promise<number>((resolve, reject) => {
      readFile(fd, into, 0, count, position, (error, bytes) => {
        active = undefined;
        if (error !== null) reject(toFilesystemError(error, path, 'read'));
        else if (signal?.aborted) reject(cancelled(path, signal.reason));
        else {
          position += bytes;
          resolve(bytes);
        }
      });
    });

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
        .then(() => handle.close())
        .catch(() => undefined);
      return closing;
    },
  };
}
