import { StorageError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { ConnectionLostError, ForeignFileError, NoSpaceError, toSftpError } from '../src/errors.js';

/** As the library makes them of a server's answer. */
function answered(code: number): Error {
  return Object.assign(new Error('what the server says of /srv/secret/place'), { code });
}

test.each([
  [answered(2), 'PATH_NOT_FOUND', false],
  [answered(3), 'INTERNAL', false],
  [answered(4), 'UNAVAILABLE', true],
  [answered(5), 'INVALID_PATH', false],
  [answered(6), 'UNAVAILABLE', true],
  [answered(7), 'UNAVAILABLE', true],
  [answered(8), 'UNSUPPORTED', false],
  [new ConnectionLostError('the connection was lost'), 'UNAVAILABLE', true],
  [new NoSpaceError('no space left'), 'QUOTA_EXCEEDED', false],
  [new DOMException('aborted', 'AbortError'), 'CANCELLED', false],
])('%s', (error, code, retryable) => {
  const made = toSftpError(error, '/a/b', 'write');
  expect(made).toMatchObject({ code, retryable, path: '/a/b', cause: error });
  expect(made.message).toContain('/a/b');
  expect(made.message).not.toContain('secret');
});

test('what is not ours is nothing to a reader, and an obstacle to a writer', () => {
  const foreign = new ForeignFileError('it is not a regular file');
  expect(toSftpError(foreign, '/a', 'read').code).toBe('PATH_NOT_FOUND');
  expect(toSftpError(foreign, '/a', 'write').code).toBe('INVALID_PATH');
});

test('a StorageError stays as it is', () => {
  const error = new StorageError('CANCELLED', 'cancelled');
  expect(toSftpError(error, '/a', 'read')).toBe(error);
});
