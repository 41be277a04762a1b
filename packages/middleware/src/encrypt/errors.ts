import { StorageError } from '@outrigger/driver';

/** Nothing of such content is given to anybody. */
export function notAuthentic(path: string): StorageError {
  return new StorageError(
    'INTERNAL',
    `stored bytes are not authentic: changed, cut off, or not encrypted with this key: ${path}`,
    { path },
  );
}

export function notEncrypted(path: string): StorageError {
  return new StorageError('INTERNAL', `stored bytes are not encrypted by the middleware encrypt: ${path}`, {
    path,
  });
}
