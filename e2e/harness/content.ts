import { createCipheriv, createHash } from 'node:crypto';
import { MIB } from './scale.js';

/** Content of any size that looks random, is always the same, and can be had from any offset without being stored. */
export interface Content {
  readonly size: number;
  readonly digest: string;
  /** The bytes from `start` to `end` in pieces. */
  pieces(start?: number, end?: number): Generator<Buffer>;
}

/** AES in counter mode over zeros: the counter is the offset in blocks. */
export function createContent(seed: string, size: number): Content {
  const key = createHash('md5').update(seed).digest();
  const hash = createHash('sha256');
  const pieces = (start = 0, end = size) => generate(key, start, end);
  for (const piece of pieces()) hash.update(piece);
  return { size, digest: `sha256:${hash.digest('hex')}`, pieces };
}

export function toBuffer(content: Content): Buffer {
  return Buffer.concat([...content.pieces()]);
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

const BLOCK = 16;

function* generate(key: Buffer, start: number, end: number): Generator<Buffer> {
  const counter = Buffer.alloc(BLOCK);
  counter.writeBigUInt64BE(BigInt(Math.floor(start / BLOCK)), BLOCK - 8);
  const cipher = createCipheriv('aes-128-ctr', key, counter);
  cipher.update(Buffer.alloc(start % BLOCK));
  for (let at = start; at < end; at += MIB) yield cipher.update(Buffer.alloc(Math.min(MIB, end - at)));
}
