import { constants, write as writeFd } from 'node:fs';
import type { StorageErrorCode } from '@outrigger/driver';
import { StorageError, alreadyClosed } from '@outrigger/driver';
import type { ResultOf } from '../protocol/method.js';
import type { writerOpen } from '../protocol/writer.js';
import { closeQuietly, openLocalFile } from './read-file.js';

/** The file behind a writer, which this process writes itself. */
export interface LocalTarget {
  /**
   * Writes all of `chunk` at `position`.
   *
   * @throws StorageError QUOTA_EXCEEDED, UNAVAILABLE
   */
  write(chunk: Uint8Array, position: number): Promise<void>;
  /** Again does nothing: the descriptor may be another file's by then. */
  close(): Promise<void>;
}

/** Undefined when the file is not the one that the driver means, below its roots: another plane is used then. */
export async function openLocalTarget(
  file: ResultOf<typeof writerOpen>['file'],
  path: string,
  roots: readonly string[],
): Promise<LocalTarget | undefined> {
  const fd = file && (await openLocalFile(file, roots, constants.O_WRONLY));
  if (fd === undefined) return undefined;
  let busy: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  return {
    async write(chunk, position) {
      if (closing !== undefined) throw alreadyClosed(path, 'closed');
      const writing = writeAll(fd, chunk, position, path);
      busy = writing.catch(() => undefined);
      await writing;
    },
    close() {
      // A descriptor that is closed under a write may already be another file's.
      closing ??= busy.then(() => closeQuietly(fd));
      return closing;
    },
  };
}

/**
 * Bytes of one call of the system. More in one call makes Linux look for larger pieces of free memory, which on a virtual
 * machine may be far away: 256 MiB in calls of 1 MiB took 60 to 970 ms, in calls of 256 KiB always 70.
 */
const PIECE = 256 * 1024;

async function writeAll(fd: number, chunk: Uint8Array, position: number, path: string): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const count = await writeSome(fd, chunk, done, position + done, path);
    if (count === 0) throw writeError(path, 'EIO');
    done += count;
  }
}

function writeSome(
  fd: number,
  chunk: Uint8Array,
  offset: number,
  position: number,
  path: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    writeFd(fd, chunk, offset, Math.min(PIECE, chunk.length - offset), position, (error, count) => {
      if (error === null) resolve(count);
      else reject(writeError(path, error.code ?? 'unknown', error));
    });
  });
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function writeError(path: string, errno: string, cause?: Error): StorageError {
  const code: StorageErrorCode = FULL.has(errno) ? 'QUOTA_EXCEEDED' : 'UNAVAILABLE';
  const what = FULL.has(errno) ? 'no space left' : 'writing a local file failed';
  return new StorageError(code, `${what}: ${path} (${errno})`, { path, cause });
}
