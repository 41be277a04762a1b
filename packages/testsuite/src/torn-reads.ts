import assert from 'node:assert/strict';
import { type StorageDriver, isStorageError, readToEnd } from '@outrigger/driver';

const READERS = 4;
const LIMIT = 2 ** 24;

/**
 * Keeps reading a path, by `get` and by `reader` in turn, while `changes` go on, and shows every content to `check`.
 * A reader may end in an error when its content is replaced; `get` may not.
 */
export async function readersDuring(
  driver: StorageDriver,
  path: string,
  changes: Promise<unknown>,
  check: (seen: Uint8Array) => void,
): Promise<void> {
  const work = { isDone: false };
  const done = changes.finally(() => (work.isDone = true));
  const read = async (turn: number) => {
    for (; !work.isDone; turn++) {
      const seen = turn % 2 === 0 ? await driver.get(path) : await readUnlessReplaced(driver, path);
      if (seen !== undefined) check(seen);
    }
  };
  const outcomes = await Promise.allSettled([done, ...Array.from({ length: READERS }, (_, i) => read(i))]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Asserts that what a reader saw is one of the contents, whole. */
export function expectOneOf(seen: Uint8Array, contents: readonly Uint8Array[]): void {
  const isWhole = contents.some((content) => Buffer.compare(content, seen) === 0);
  assert.ok(isWhole, `a reader saw ${String(seen.length)} bytes that nobody wrote as a whole`);
}

async function readUnlessReplaced(driver: StorageDriver, path: string): Promise<Uint8Array | undefined> {
  const reader = await driver.reader(path);
  try {
    return await readToEnd(reader, LIMIT);
  } catch (error) {
    if (isStorageError(error, 'UNAVAILABLE') && !error.retryable) return undefined;
    throw error;
  }
}
