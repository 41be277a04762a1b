import { describe, expect, test } from 'vitest';
import {
  StorageError,
  StorageErrors,
  alreadyClosed,
  cancelled,
  invalidOffset,
  invalidPath,
  isStorageError,
  pathNotFound,
  stamp,
  throwIfAborted,
  toStorageError,
  unsupported,
  versionChanged,
} from '../src/index.js';

describe('StorageError', () => {
  test('has the JSON of Distribution, with code and path besides', () => {
    const error = pathNotFound('/a').with({ driver: 'filesystem' });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      driver: 'filesystem',
      detail: 'path not found: /a',
      code: 'PATH_NOT_FOUND',
      path: '/a',
    });
    expect(error.message).toBe('filesystem: path not found: /a');
  });

  test('has no cause in its JSON and its message', () => {
    const error = pathNotFound('/a', new Error('a secret'));
    expect(JSON.stringify(error) + error.message).not.toContain('secret');
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('keeps its stack, cause and fields in a copy', () => {
    const error = invalidOffset('/a', 5, 3);
    const copy = error.with({ driver: 's3' });
    expect(copy).toMatchObject({ code: 'INVALID_OFFSET', path: '/a', offset: 5, size: 3, driver: 's3' });
    expect(copy.stack).toBe(error.stack);
    expect(isStorageError(copy, 'INVALID_OFFSET')).toBe(true);
  });

  test('is retryable only when it says so or is UNAVAILABLE', () => {
    expect(new StorageError('UNAVAILABLE', 'x').retryable).toBe(true);
    expect(new StorageError('UNAVAILABLE', 'x', { retryable: false }).retryable).toBe(false);
    expect(new StorageError('INTERNAL', 'x').retryable).toBe(false);
    expect(versionChanged('/a')).toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  });

  test.each([
    [pathNotFound('/a'), 'PATH_NOT_FOUND', '/a'],
    [invalidPath('/a b'), 'INVALID_PATH', '/a b'],
    [invalidOffset('/a', -1), 'INVALID_OFFSET', '/a'],
    [alreadyClosed('/a', 'committed'), 'ALREADY_CLOSED', '/a'],
    [unsupported('copy', '/a'), 'UNSUPPORTED', '/a'],
    [cancelled('/a'), 'CANCELLED', '/a'],
  ])('%s', (error, code, path) => {
    expect(error).toMatchObject({ code, path, name: 'StorageError' });
    expect(error).toBeInstanceOf(Error);
  });

  test('quotes a hostile path', () => {
    expect(invalidPath('/a\u001b[31m\n').message).not.toMatch(/\p{Cc}/u);
  });
});

describe('StorageErrors', () => {
  const errors = new StorageErrors(
    pathNotFound('/a'),
    new StorageError('UNAVAILABLE', 'gone', { path: '/b' }),
  );

  test('takes the code of the first and is retryable when all are', () => {
    expect(errors).toMatchObject({ code: 'PATH_NOT_FOUND', path: '/a', retryable: false });
    expect(isStorageError(errors)).toBe(true);
  });

  test('keeps all of them when the driver is stamped on it', () => {
    const stamped = stamp(errors, 's3', '/call');
    if (!(stamped instanceof StorageErrors)) throw stamped;
    expect(stamped).toMatchObject({ driver: 's3', path: '/a', stack: errors.stack });
    expect(stamped.errors.map((error) => [error.driver, error.path])).toEqual([
      ['s3', '/a'],
      ['s3', '/b'],
    ]);
  });

  test('has the JSON of Distribution', () => {
    expect(JSON.parse(JSON.stringify(stamp(errors, 's3', '/call')))).toMatchObject({
      driver: 's3',
      details: [
        { detail: 'path not found: /a', code: 'PATH_NOT_FOUND' },
        { detail: 'gone', code: 'UNAVAILABLE' },
      ],
    });
  });
});

describe('toStorageError', () => {
  test('passes a StorageError on and wraps everything else', () => {
    const known = pathNotFound('/a');
    expect(toStorageError(known, '/b')).toBe(known);
    const own = new Error('boom');
    expect(toStorageError(own, '/a')).toMatchObject({
      code: 'INTERNAL',
      detail: 'boom',
      path: '/a',
      cause: own,
    });
    expect(toStorageError('a secret', '/a')).toMatchObject({
      code: 'INTERNAL',
      detail: 'a driver threw string',
    });
    expect(toStorageError(undefined).code).toBe('INTERNAL');
  });

  test('knows an abort', () => {
    expect(toStorageError(new DOMException('x', 'AbortError'), '/a')).toMatchObject({
      code: 'CANCELLED',
      path: '/a',
    });
  });
});

test('stamp fills in what is missing and changes nothing that is there', () => {
  expect(stamp(pathNotFound('/a'), 's3', '/b')).toMatchObject({ driver: 's3', path: '/a' });
  expect(stamp(new StorageError('INTERNAL', 'x'), 's3', '/b')).toMatchObject({ driver: 's3', path: '/b' });
  const whole = pathNotFound('/a').with({ driver: 'inner' });
  expect(stamp(whole, 's3', '/b')).toBe(whole);
});

test('throwIfAborted keeps the reason as the cause', () => {
  const reason = new Error('why');
  expect(() => throwIfAborted(undefined, '/a')).not.toThrow();
  expect(() => throwIfAborted(new AbortController().signal, '/a')).not.toThrow();
  expect(() => throwIfAborted(AbortSignal.abort(reason), '/a')).toThrow(
    expect.objectContaining({ code: 'CANCELLED', cause: reason }),
  );
});
