/** The most that is set aside at a time for bytes to come. */
const MAX_BLOCK = 1024 * 1024;
const MIN_BLOCK = 1024;

/**
 * Bytes that only grow, in blocks: appending copies the new bytes once and never the old ones. What was there stays as it
 * is, so a reader that knows the size at its open is not disturbed by later appends.
 */
export interface Content {
  readonly size: number;
  /** Copies `chunk`, so that its buffer may be reused. */
  append(chunk: Uint8Array): void;
  /** Copies bytes from `position` on into `into`; answers how many. */
  copyTo(into: Uint8Array, position: number): number;
  /** Content that shares these bytes and then grows by itself. */
  fork(): Content;
}

export function createContent(chunk?: Uint8Array): Content {
  const content = contentOf([]);
  if (chunk !== undefined) content.append(chunk);
  return content;
}

interface Block {
  /** Where its first byte lies in the content. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** @param blocks - all full */
function contentOf(blocks: Block[]): Content {
  let size = blocks.reduce((end, { bytes }) => end + bytes.length, 0);
  /** Room at the end of the last block. */
  let room = 0;

  return {
    get size() {
      return size;
    },
    append(chunk) {
      let rest = chunk;
      const last = blocks.at(-1);
      if (last !== undefined && room > 0) {
        const count = Math.min(room, rest.length);
        last.bytes.set(rest.subarray(0, count), last.bytes.length - room);
        room -= count;
        size += count;
        rest = rest.subarray(count);
      }
      if (rest.length === 0) return;
      // As much again as is there, within limits: few blocks for many small chunks, little waste for one.
      const bytes = new Uint8Array(
        Math.max(rest.length, size === 0 ? 0 : Math.min(MAX_BLOCK, Math.max(MIN_BLOCK, size))),
      );
      bytes.set(rest);
      blocks.push({ start: size, bytes });
      room = bytes.length - rest.length;
      size += rest.length;
    },
    copyTo(into, position) {
      let done = 0;
      for (let i = blockAt(blocks, position); done < into.length && position + done < size; i++) {
        const block = blocks[i];
        if (block === undefined) break;
        const from = position + done - block.start;
        const piece = block.bytes.subarray(from, Math.min(from + into.length - done, size - block.start));
        into.set(piece, done);
        done += piece.length;
      }
      return done;
    },
    fork() {
      const last = blocks.at(-1);
      const full =
        last === undefined || room === 0 ? [...blocks] : [...blocks.slice(0, -1), trim(last, room)];
      return contentOf(full);
    },
  };
}

function trim({ start, bytes }: Block, room: number): Block {
  return { start, bytes: bytes.subarray(0, bytes.length - room) };
}

/** Index of the block that has the byte at `position`. */
function blockAt(blocks: readonly Block[], position: number): number {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((blocks[middle]?.start ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, 0);
}
