import {
  type Stats,
  close as closeFd,
  constants,
  fstat,
  open,
  read as readFd,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { sep } from 'node:path';
import { StorageError, alreadyClosed, cancelled } from '@outrigger/driver';
import type { ContentReader } from '@outrigger/driver';

/** Where a driver says that the content lies. */
export interface FileAnswer {
  readonly localPath: string;
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly modTime: number;
  readonly version?: string | undefined;
}

/**
 * Opens the file that a driver named, to read it or, with O_WRONLY, to write it; answers undefined when it is not that regular file below one of the roots:
 * moved meanwhile, another mount namespace, no right to read it. The caller then uses another plane.
 *
 * To read, the size is that of the answer too: a file system gives the number of a file that was replaced and removed to the next one.
 */
export async function openLocalFile(
  answer: Pick<FileAnswer, 'localPath' | 'dev' | 'ino'> & Partial<Pick<FileAnswer, 'size'>>,
  roots: readonly string[],
  access: number = constants.O_RDONLY,
): Promise<number | undefined> {
  const { localPath } = answer;
  const fd = await openFd(localPath, access | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (fd === undefined) return undefined;
  const found = await fstatFd(fd).catch(() => undefined);
  if (found !== undefined && isNamed(found, answer) && isBelowRoot(fd, localPath, roots)) return fd;
  await closeQuietly(fd);
  return undefined;
}

function isNamed(
  found: Stats,
  { dev, ino, size = found.size }: Parameters<typeof openLocalFile>[0],
): boolean {
  return found.isFile() && found.dev === dev && found.ino === ino && found.size === size;
}

export interface FileReadOptions {
  readonly path: string;
  readonly answer: FileAnswer;
  readonly offset: number;
  readonly length?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads an open file; the descriptor belongs to the reader. A file that is shorter than its driver said is an error. */
export function readFile(fd: number, options: FileReadOptions): ContentReader {
  const { path, answer, length, signal } = options;
  const end = Math.min(answer.size, length === undefined ? answer.size : options.offset + length);
  let position = options.offset;
  let closed = false;
  let busy: Promise<unknown> = Promise.resolve();

  const readSome = (into: Uint8Array) =>
    new Promise<number>((resolve, reject) => {
      readFd(fd, into, 0, Math.min(into.length, end - position), position, (error, count) => {
        if (error === null) resolve(count);
        else
          reject(
            new StorageError(
              'UNAVAILABLE',
              `reading a local file failed (${error.code ?? 'unknown'}): ${path}`,
              { path, cause: error },
            ),
          );
      });
    });

  return {
    size: answer.size,
    modTime: new Date(answer.modTime),
    ...(answer.version === undefined ? {} : { version: answer.version }),
    async read(into) {
      if (closed) throw alreadyClosed(path, 'closed');
      if (signal?.aborted === true) throw cancelled(path, signal.reason);
      if (position >= end || into.length === 0) return 0;
      const reading = readSome(into);
      busy = reading.catch(() => undefined);
      const count = await reading;
      if (count === 0)
        throw new StorageError('UNAVAILABLE', `a file became shorter while it was read: ${path}`, { path });
      position += count;
      return count;
    },
    async close() {
      if (closed) return;
      closed = true;
      // A descriptor that is closed under a read may already be another file's.
      await busy;
      await closeQuietly(fd);
    },
  };
}

/** By where the open file really is: no directory on the way may be a link that leads out. */
function isBelowRoot(fd: number, localPath: string, roots: readonly string[]): boolean {
  const real =
    process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${String(fd)}`) : realpathSync(localPath);
  return roots.some((root) => real.startsWith(root.endsWith(sep) ? root : root + sep));
}

const openFd = promisify(open);
const fstatFd = promisify(fstat);

export function closeQuietly(fd: number): Promise<void> {
  return new Promise((resolve) => {
    closeFd(fd, () => {
      resolve();
    });
  });
}
