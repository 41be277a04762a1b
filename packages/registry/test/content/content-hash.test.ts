import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createContentHash } from '../../src/content/content-hash.js';
import { endHashing } from '../../src/content/hash-thread.js';

function hex(algorithm: string, ...pieces: Uint8Array[]): string {
  const hash = createHash(algorithm);
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

function shared(size: number): Buffer {
  const buffer = Buffer.from(new SharedArrayBuffer(size));
  randomBytes(size).copy(buffer);
  return buffer;
}

describe.each(['sha256', 'sha512'] as const)('%s', (algorithm) => {
  test.each([
    ['small pieces', [randomBytes(10), randomBytes(1000)]],
    ['large pieces, on the other thread', [randomBytes(600_000), randomBytes(5)]],
    ['large pieces in shared memory', [shared(1 << 20), shared(1 << 20)]],
    ['nothing', []],
  ])('%s', async (_name, pieces) => {
    const hash = createContentHash(algorithm);
    for (const piece of pieces) await hash.update(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    const digest = await hash.digest();
    expect(digest).toEqual({
      algorithm,
      hex: hex(algorithm, ...pieces),
      text: `${algorithm}:${digest.hex}`,
    });
  });
});

test('a copy goes its own way, and a digest ends nothing', async () => {
  const [first, second, third] = [shared(1 << 20), randomBytes(7), randomBytes(9)];
  const hash = createContentHash('sha256');
  await hash.update(first);
  const copy = hash.copy();
  await hash.update(second);
  await copy.update(third);
  expect((await hash.digest()).hex).toBe(hex('sha256', first, second));
  expect((await copy.digest()).hex).toBe(hex('sha256', first, third));
  await hash.update(third);
  expect((await hash.digest()).hex).toBe(hex('sha256', first, second, third));
});

test('a buffer may be used again as soon as its update has resolved', async () => {
  const buffer = shared(1 << 20);
  const hash = createContentHash('sha256');
  const contents = [1, 2, 3].map((byte) => Buffer.alloc(1 << 20, byte));
  for (const content of contents) {
    content.copy(buffer);
    await hash.update(buffer);
  }
  expect((await hash.digest()).hex).toBe(hex('sha256', ...contents));
});

test('after the thread has ended, what it had is lost and what comes is hashed', async () => {
  const hash = createContentHash('sha256');
  const content = shared(1 << 20);
  await hash.update(content);
  await endHashing();
  await expect(hash.digest()).rejects.toThrow('has ended');
  const other = createContentHash('sha256');
  await other.update(content);
  expect((await other.digest()).hex).toBe(hex('sha256', content));
});
