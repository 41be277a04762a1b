import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { copyInto } from '../../src/content/copy-into.js';

test.each([0, 1, 2, 4095, 4096, 4097, 65_536])('%d bytes, and no others, are copied', (size) => {
  for (const memory of [new SharedArrayBuffer(size + 20), new ArrayBuffer(size + 20)]) {
    const source = randomBytes(size);
    const target = Buffer.from(memory).fill(7);
    copyInto(target, new Uint8Array(source), 10);
    expect(target.subarray(10, 10 + size).equals(source)).toBe(true);
    expect(target.subarray(0, 10).equals(Buffer.alloc(10, 7))).toBe(true);
    expect(target.subarray(10 + size).equals(Buffer.alloc(10, 7))).toBe(true);
  }
});
