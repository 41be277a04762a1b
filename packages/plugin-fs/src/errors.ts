import type { StorageErrorCode } from '@outrigger/driver';
import { StorageError, cancelled, pathNotFound } from '@outrigger/driver';

/** Whether a call looks at what is there, or makes something: the same errno means different things. */
export type Access = 'read' | 'write';

/**
 * Something is at the place that is none of the driver's content: a link, a FIFO, a temporary file, a directory outside
 * of the root. To a reader nothing is there; a writer is refused. The message has no local path.
 */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

/** errno to code. The one place where the operating system's errors get their meaning. */
const ERRORS: Readonly<Record<string, readonly [StorageErrorCode, string]>> = {
  ENOSPC: ['QUOTA_EXCEEDED', 'no space left'],
  EDQUOT: ['QUOTA_EXCEEDED', 'disk quota exceeded'],
  EFBIG: ['QUOTA_EXCEEDED', 'larger than the file system allows'],
  EMFILE: ['UNAVAILABLE', 'too many open files'],
  ENFILE: ['UNAVAILABLE', 'too many open files'],
  EIO: ['UNAVAILABLE', 'input/output error'],
  EROFS: ['UNAVAILABLE', 'read-only file system'],
  EBUSY: ['UNAVAILABLE', 'busy'],
  ESTALE: ['UNAVAILABLE', 'stale file handle'],
  ENAMETOOLONG: ['INVALID_PATH', 'a part of it is too long'],
};

/** These say that the path cannot be used as it is: nothing is there, or nothing can be put there. */
const OBSTACLES: Readonly<Record<string, string>> = {
  ENOTDIR: 'a part of it is not a directory',
  EEXIST: 'something else is there',
  ENOTEMPTY: 'a directory is there',
  EISDIR: 'a directory is there',
  ELOOP: 'a symbolic link is there',
  ENXIO: 'it is not a regular file',
};

/** Any error of a call as a StorageError. Its message has the driver's path and never the local one. */
export function toFilesystemError(error: unknown, path: string, access: Access): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof Error && error.name === 'AbortError') return cancelled(path, error);
  const code = errnoOf(error) ?? 'unknown error';
  if (code === 'ENOENT') return pathNotFound(path, error);
  const obstacle = error instanceof ForeignFileError ? error.message : OBSTACLES[code];
  if (obstacle !== undefined) {
    if (access === 'read') return pathNotFound(path, error);
    return new StorageError('INVALID_PATH', `invalid path: ${path} (${obstacle})`, { path, cause: error });
  }
  const [storageCode, reason] = ERRORS[code] ?? ['INTERNAL', 'unexpected error'];
  return new StorageError(storageCode, `${reason}: ${path} (${code})`, { path, cause: error });
}

export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
