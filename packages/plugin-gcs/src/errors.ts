import { StorageError, cancelled } from '@outrigger/driver';
import { RequestFailure } from './request-failure.js';

/** Any error of a request about `key` as a StorageError. */
export function toGcsError(error: unknown, key: string, signal?: AbortSignal): StorageError {
  if (error instanceof StorageError) return error;
  if (signal?.aborted) return cancelled(key, signal.reason);
  if (!(error instanceof RequestFailure)) {
    const detail = error instanceof Error ? error.message : `a ${typeof error} was thrown`;
    return new StorageError('INTERNAL', `${detail}: ${key}`, { path: key, cause: error });
  }
  return new StorageError('UNAVAILABLE', `${explain(error)}: ${key}`, {
    path: key,
    cause: error,
    retryable: error.isTransient,
  });
}

/** The store has answered what it never should. */
export function unexpected(what: string, key: string): StorageError {
  return new StorageError('INTERNAL', `${what}: ${key}`, { path: key });
}

/** In words for whoever runs the registry: what is wrong, and what they may do. */
export function explain(failure: RequestFailure): string {
  if (failure.isCredentials) return failure.message;
  if (failure.status === undefined) return failure.message;
  return `${meaningOf(failure)} (${failure.message})`;
}

function meaningOf({ status, message, isTransient }: RequestFailure): string {
  if (isTransient)
    return status === 429 || status === 403 ? 'too many requests' : 'the store is not available';
  if (status === 401) return 'the credentials are refused';
  if (status === 404) return 'the bucket does not exist';
  if (status === 403) {
    const permission = /\bstorage\.\w+\.\w+/.exec(message)?.[0];
    return permission === undefined ? 'access is denied' : `the permission ${permission} is missing`;
  }
  return 'the store has refused the request';
}
