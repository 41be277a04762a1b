import { StorageError, cancelled } from '@outrigger/driver';
import { RequestFailure } from './http/failure.js';
import { ParameterFault } from './parameter-fault.js';

/** Any error of a request about `key` as a StorageError. */
export function toSwiftError(error: unknown, key: string, signal?: AbortSignal): StorageError {
  if (error instanceof StorageError) return error;
  if (signal?.aborted === true) return cancelled(key, signal.reason);
  if (error instanceof ParameterFault)
    return new StorageError('UNAVAILABLE', `${error.key}: ${error.message}`, {
      path: key,
      cause: error,
      retryable: false,
    });
  if (!(error instanceof RequestFailure)) {
    const detail = error instanceof Error ? error.message : `a ${typeof error} was thrown`;
    return new StorageError('INTERNAL', `${detail}: ${key}`, { path: key, cause: error });
  }
  const { status, isTransient } = error;
  const code = status === 413 || status === 507 ? 'QUOTA_EXCEEDED' : 'UNAVAILABLE';
  return new StorageError(code, `${meaningOf(error)} (${error.message}): ${key}`, {
    path: key,
    cause: error,
    retryable: code === 'UNAVAILABLE' && isTransient,
  });
}

/** The store has answered what it never should. */
export function unexpected(what: string, key: string): StorageError {
  return new StorageError('INTERNAL', `${what}: ${key}`, { path: key });
}

function meaningOf({ status, isTransient }: RequestFailure): string {
  switch (status) {
    case undefined:
      return 'Swift cannot be reached';
    case 401:
      return 'Swift refuses the token';
    case 403:
      return 'Swift denies the access: the user lacks a role on the project, or the container an ACL';
    case 404:
      return 'the container does not exist';
    case 413:
    case 507:
      return 'the quota of the container or the account is used up, or Swift is full';
    case 408:
    case 429:
    case 498:
      return 'Swift is too busy';
    default:
      return isTransient ? 'Swift is not available' : 'Swift has refused the request';
  }
}
