import { AssertionError } from 'node:assert/strict';
import {
  isStorageError,
  type StorageDriver,
  type StorageError,
  type StorageErrorCode,
} from '@outrigger/driver';

/** Asserts that a call rejects with a StorageError of this code, stamped with the driver and, when given, the path. */
export async function refused(
  driver: StorageDriver,
  call: Promise<unknown>,
  code: StorageErrorCode,
  path?: string,
): Promise<StorageError> {
  const error = await rejection(call);
  if (!isStorageError(error)) throw failure('the error is not a StorageError', error, code);
  if (error.code !== code)
    throw failure(`expected ${code}, got ${error.code} (${error.message})`, error.code, code);
  if (error.driver !== driver.name)
    throw failure('the error names another driver', error.driver, driver.name);
  if (path !== undefined && error.path !== path)
    throw failure('the error names another path', error.path, path);
  return error;
}

/** Asserts that nothing is at a path, by every way of asking. */
export async function absent(driver: StorageDriver, path: string): Promise<void> {
  await refused(driver, driver.stat(path), 'PATH_NOT_FOUND', path);
  await refused(driver, driver.get(path), 'PATH_NOT_FOUND', path);
  await refused(driver, driver.reader(path), 'PATH_NOT_FOUND', path);
}

/** Asserts equal bytes, and says where they part instead of printing them. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(actual, expected) === 0) return;
  const end = Math.min(actual.length, expected.length);
  let at = 0;
  while (at < end && actual[at] === expected[at]) at++;
  const sizes = `${String(actual.length)} bytes, expected ${String(expected.length)}`;
  throw failure(
    `${what}: wrong content from byte ${String(at)} on (${sizes})`,
    actual.length,
    expected.length,
  );
}

async function rejection(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw failure('the call succeeded, it should have been refused', 'success', 'an error');
}

function failure(message: string, actual: unknown, expected: unknown): AssertionError {
  return new AssertionError({ message, actual, expected, stackStartFn: failure });
}
