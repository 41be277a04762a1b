import { createCipheriv } from 'node:crypto';

/** Content of any size that is known at every offset, so that it is checked without being kept. */
export interface Content {
  readonly size: number;
  /** Fills `into` with what lies at `offset`. */
  fill(into: Uint8Array, offset: number): void;
  /** From `offset` up to and without `end`. */
  bytes(offset?: number, end?: number): Uint8Array;
}

/** Looks random and is not UTF-8: the key stream of AES in counter mode, which can be entered anywhere. */
export function createContent(seed: number, size: number): Content {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed >>> 0);
  const fill = (into: Uint8Array, offset: number) => {
    const skew = offset % BLOCK;
    const counter = Buffer.alloc(BLOCK);
    counter.writeBigUInt64BE(BigInt((offset - skew) / BLOCK), BLOCK - 8);
    const stream = createCipheriv('aes-128-ctr', key, counter).update(Buffer.alloc(skew + into.length));
    into.set(stream.subarray(skew));
  };
  return {
    size,
    fill,
    bytes(offset = 0, end = size) {
      const into = new Uint8Array(end - offset);
      fill(into, offset);
      return into;
    },
  };
}

const BLOCK = 16;
