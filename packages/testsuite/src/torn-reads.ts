import assert from 'node:assert/strict';
import { type StorageDriver, readToEnd } from '@outrigger/driver';

const READERS = 4;

/** Keeps reading a path, by `get` and by `reader` in turn, while `changes` go on, and shows every content to `check`. */
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
      check(turn % 2 === 0 ? await driver.get(path) : await readToEnd(await driver.reader(path), 2 ** 24));
    }
  };
  await Promise.all([done, ...Array.from({ length: READERS }, (_, i) => read(i))]);
}

/** Asserts that what a reader saw is one of the contents, whole. */
export function expectOneOf(seen: Uint8Array, contents: readonly Uint8Array[]): void {
  const isWhole = contents.some((content) => Buffer.compare(content, seen) === 0);
  assert.ok(isWhole, `a reader saw ${String(seen.length)} bytes that nobody wrote as a whole`);
}
