import type { Hash } from 'node:crypto';
import { createHash, randomBytes } from 'node:crypto';

/** A blob of which a client knows all beforehand. */
export interface Content {
  readonly parts: readonly Buffer[];
  readonly size: number;
  readonly digest: string;
}

const PART = 1024 * 1024;
const TAIL = 4096;

/** Makes blobs of one size that differ in their last 4 KiB, so that neither their bytes nor their digests take long. */
export class ContentSource {
  readonly size: number;
  readonly #start: readonly Buffer[];
  readonly #startHash: Hash;
  readonly #tailSize: number;

  constructor(size: number) {
    this.size = size;
    this.#tailSize = Math.min(size, TAIL);
    this.#start = repeated(size - this.#tailSize);
    this.#startHash = createHash('sha256');
    for (const part of this.#start) this.#startHash.update(part);
  }

  next(): Content {
    const tail = randomBytes(this.#tailSize);
    const digest = `sha256:${this.#startHash.copy().update(tail).digest('hex')}`;
    return { parts: [...this.#start, tail], size: this.size, digest };
  }
}

/** `size` bytes of a content from `offset` on, without a copy. */
export function sliceOf(content: Content, offset: number, size: number): Buffer[] {
  const slices: Buffer[] = [];
  let start = 0;
  for (const part of content.parts) {
    const slice = part.subarray(Math.max(0, offset - start), Math.max(0, offset + size - start));
    if (slice.length > 0) slices.push(slice);
    start += part.length;
  }
  return slices;
}

export function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

/** One random block again and again. */
function repeated(size: number): Buffer[] {
  const block = randomBytes(Math.min(size, PART));
  const parts: Buffer[] = [];
  for (let left = size; left > 0; left -= PART) parts.push(block.subarray(0, Math.min(left, PART)));
  return parts;
}
