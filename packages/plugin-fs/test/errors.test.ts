import { StorageError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { ForeignFileError, toFilesystemError } from '../src/errors.js';

const system = (code: string) =>
  Object.assign(new Error(`${code}: something, open '/srv/registry/a'`), { code, syscall: 'open' });

test.each([
  ['ENOENT', 'PATH_NOT_FOUND', 'PATH_NOT_FOUND'],
  ['ENOTDIR', 'PATH_NOT_FOUND', 'INVALID_PATH'],
  ['EEXIST', 'PATH_NOT_FOUND', 'INVALID_PATH'],
  ['ENOTEMPTY', 'PATH_NOT_FOUND', 'INVALID_PATH'],
  ['EISDIR', 'PATH_NOT_FOUND', 'INVALID_PATH'],
  ['ELOOP', 'PATH_NOT_FOUND', 'INVALID_PATH'],
  ['ENXIO', 'PATH_NOT_FOUND', 'INVALID_PATH'],
  ['ENAMETOOLONG', 'INVALID_PATH', 'INVALID_PATH'],
  ['ENOSPC', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED'],
  ['EDQUOT', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED'],
  ['EFBIG', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED'],
  ['EMFILE', 'UNAVAILABLE', 'UNAVAILABLE'],
  ['ENFILE', 'UNAVAILABLE', 'UNAVAILABLE'],
  ['EIO', 'UNAVAILABLE', 'UNAVAILABLE'],
  ['EROFS', 'UNAVAILABLE', 'UNAVAILABLE'],
  ['EBUSY', 'UNAVAILABLE', 'UNAVAILABLE'],
  ['ESTALE', 'UNAVAILABLE', 'UNAVAILABLE'],
  ['EACCES', 'INTERNAL', 'INTERNAL'],
  ['EWHATEVER', 'INTERNAL', 'INTERNAL'],
] as const)('%s is %s for a reader and %s for a writer', (errno, reading, writing) => {
  const cause = system(errno);
  for (const [access, code] of [
    ['read', reading],
    ['write', writing],
  ] as const) {
    const error = toFilesystemError(cause, '/a', access);
    expect(error).toMatchObject({ code, path: '/a', cause, retryable: code === 'UNAVAILABLE' });
    expect(error.message).not.toContain('/srv');
  }
});

test('what is not content is nothing to a reader and an obstacle to a writer', () => {
  const foreign = new ForeignFileError('a link is there');
  expect(toFilesystemError(foreign, '/a', 'read').code).toBe('PATH_NOT_FOUND');
  expect(toFilesystemError(foreign, '/a', 'write')).toMatchObject({
    code: 'INVALID_PATH',
    message: 'invalid path: /a (a link is there)',
  });
});

test('an abort is CANCELLED, a StorageError stays as it is', () => {
  expect(toFilesystemError(new DOMException('aborted', 'AbortError'), '/a', 'read').code).toBe('CANCELLED');
  const known = new StorageError('UNSUPPORTED', 'no');
  expect(toFilesystemError(known, '/a', 'write')).toBe(known);
});
