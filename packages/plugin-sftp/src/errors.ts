import { StorageError, cancelled, pathNotFound } from '@outrigger/driver';

/** Whether a call looks at what is there, or makes something: the same answer means different things. */
export type Access = 'read' | 'write';

/**
 * Something is at the place that is none of the driver's content: a link, a FIFO, a temporary file. To a reader nothing is
 * there; a writer is refused.
 */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError';
}

/** The connection, or the way to it, is gone: what was asked for on it may have been done or not. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** The store has no room for what was to be written. */
export class NoSpaceError extends Error {
  override readonly name = 'NoSpaceError';
}

/** draft-ietf-secsh-filexfer-02, 7. OpenSSH has no other numbers, whatever the errno was. */
export const STATUS = {
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

/** The status that a server answered, or undefined when it is not an answer of a server. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

export function isAbsent(error: unknown): boolean {
  return statusOf(error) === STATUS.noSuchFile || error instanceof ForeignFileError;
}

/** Any error of a call as a StorageError. Its message has the driver's path and never the server's. */
export function toSftpError(error: unknown, path: string, access: Access): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof Error && error.name === 'AbortError') return cancelled(path, error);
  const make = (code: StorageError['code'], reason: string) =>
    new StorageError(code, `${reason}: ${path}`, { path, cause: error });
  if (error instanceof ForeignFileError) {
    if (access === 'read') return pathNotFound(path, error);
    return new StorageError('INVALID_PATH', `invalid path: ${path} (${error.message})`, {
      path,
      cause: error,
    });
  }
  if (error instanceof ConnectionLostError) return make('UNAVAILABLE', error.message);
  if (error instanceof NoSpaceError) return make('QUOTA_EXCEEDED', error.message);
  switch (statusOf(error)) {
    case STATUS.noSuchFile:
      return pathNotFound(path, error);
    case STATUS.permissionDenied:
      return make('INTERNAL', 'permission denied by the server');
    case STATUS.failure:
      return make('UNAVAILABLE', 'the server failed, and does not say why');
    case STATUS.badMessage:
      return make('INVALID_PATH', 'a part of it is too long, or the server does not take it');
    case STATUS.noConnection:
    case STATUS.connectionLost:
      return make('UNAVAILABLE', 'the server has lost its own connection');
    case STATUS.unsupported:
      return make('UNSUPPORTED', 'the server cannot do this');
    default:
      return make('INTERNAL', error instanceof Error ? error.message : 'unexpected error');
  }
}
