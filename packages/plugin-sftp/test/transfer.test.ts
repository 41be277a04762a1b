import { expect, test } from 'vitest';
import { createBudget } from '../src/budget.js';
import { ConnectionLostError } from '../src/errors.js';
import { createReadAhead } from '../src/read-ahead.js';
import type { Session } from '../src/session.js';
import type { WriteAhead } from '../src/write-ahead.js';
import { createWriteAhead } from '../src/write-ahead.js';

const HANDLE = Buffer.from('handle');
const MIB = 1024 * 1024;
const content = Buffer.from(Array.from({ length: MIB }, (_, i) => (i * 7) % 251));

/** A server whose answers these tests decide on: what a real one does only now and then. */
function sessionWith(some: Partial<Session>): Session {
  return { pieceSize: 64 * 1024, close: () => Promise.resolve(), ...some } as Session;
}

/** Reads as a server that has `size` bytes and gives at most `most` at a time. */
function readsOf(size: number, most: number): Session['read'] {
  return (_handle, into, offset, length, position) => {
    const end = Math.min(size, position + Math.min(length, most));
    return Promise.resolve(content.copy(into, offset, Math.min(position, end), end));
  };
}

async function readAll(session: Session, offset: number, length: number, size: number) {
  const ahead = createReadAhead(session, HANDLE, createBudget(32 * MIB), offset, length);
  ahead.endAt(size);
  const chunks: Buffer[] = [];
  for (;;) {
    const into = Buffer.alloc(10_007);
    const count = await ahead.read(into);
    if (count === undefined) return undefined;
    if (count === 0) break;
    chunks.push(into.subarray(0, count));
  }
  ahead.close();
  return Buffer.concat(chunks);
}

test.each([
  [0, Infinity],
  [1, Infinity],
  [65_535, 65_537],
  [MIB - 1, Infinity],
  [MIB, Infinity],
  [MIB + 5, 10],
  [100, 0],
])('read from %s, %s bytes', async (offset, length) => {
  const session = sessionWith({ read: readsOf(MIB, Infinity) });
  const expected = content.subarray(Math.min(MIB, offset), Math.min(MIB, offset + length));
  expect((await readAll(session, offset, length, MIB))?.equals(expected)).toBe(true);
});

test('a server that gives less than it was asked for', async () => {
  const session = sessionWith({ read: readsOf(MIB, 5000) });
  expect((await readAll(session, 3, Infinity, MIB))?.equals(content.subarray(3))).toBe(true);
});

test('a file that has become shorter is no end', async () => {
  const session = sessionWith({ read: readsOf(MIB / 2, Infinity) });
  expect(await readAll(session, 0, Infinity, MIB)).toBeUndefined();
});

test('read-ahead is bounded by what is left for all, and given back', async () => {
  let asked = 0;
  const read: Session['read'] = (...args) => {
    asked++;
    return readsOf(MIB, Infinity)(...args);
  };
  const budget = createBudget(2 * 64 * 1024);
  const ahead = createReadAhead(sessionWith({ read }), HANDLE, budget, 0, Infinity);
  ahead.endAt(MIB);
  for (let at = 0; at < MIB / 2; at += 64 * 1024) await ahead.read(Buffer.alloc(64 * 1024));
  expect(asked).toBeLessThanOrEqual(8 + 3);
  expect(budget.take(1)).toBe(false);
  ahead.close();
  expect(budget.take(2 * 64 * 1024)).toBe(true);
});

test('a piece that fails: what is behind it does not count, and nothing more is taken', async () => {
  const write: Session['write'] = (_handle, _from, position) =>
    position === 128 * 1024 ? Promise.reject(new ConnectionLostError('lost')) : Promise.resolve();
  const ahead = createWriteAhead(sessionWith({ write }), HANDLE, 0);
  await ahead.write(content.subarray(0, 512 * 1024));
  await expect(ahead.settle()).rejects.toThrow('lost');
  expect(ahead.written).toBe(128 * 1024);
  await expect(ahead.write(content.subarray(0, 10))).rejects.toThrow('lost');
});

test('no more than the window is under way', async () => {
  const answers: (() => void)[] = [];
  const write: Session['write'] = () => new Promise((resolve) => answers.push(resolve));
  const ahead = createWriteAhead(sessionWith({ write }), HANDLE, 0);
  const writing = writeThrice(ahead);
  await new Promise(setImmediate);
  const underWay = answers.length;
  expect(underWay).toBeLessThanOrEqual((2 * MIB) / (64 * 1024));
  for (let i = 0; i < (3 * MIB) / (64 * 1024); i++) {
    answers[i]?.();
    await new Promise(setImmediate);
  }
  await writing;
  await ahead.settle();
  expect(ahead.written).toBe(3 * MIB);
});

async function writeThrice(ahead: WriteAhead): Promise<void> {
  for (let i = 0; i < 3; i++) await ahead.write(content);
}
