/** What a buffer begins with where nobody knows better, so that a small blob costs little. */
const MIN_BYTES = 64 * 1024;
/** It grows in long steps: each leaves a block behind, which stays in memory until it is collected. */
const GROWTH = 16;

/** Bytes on their way to becoming a part: at most `capacity` of them. */
export interface PartBuffer {
  readonly length: number;
  readonly isFull: boolean;
  /** Copies as much of `chunk` as there is room for; answers how many bytes that were. */
  append(chunk: Uint8Array): number;
  /** All bytes so far; not a copy. */
  bytes(): Uint8Array;
  /** The memory behind it, for the next buffer. */
  readonly memory: Uint8Array;
}

/**
 * @param expected - how many bytes will come, as far as that is known: then it need not grow
 * @param memory - of an earlier buffer that nobody reads from any more; otherwise it grows as it is filled
 */
export function createPartBuffer(
  capacity: number,
  expected = 0,
  memory: Uint8Array = new Uint8Array(0),
): PartBuffer {
  let block = memory.length <= capacity ? memory : memory.subarray(0, capacity);
  let length = 0;
  return {
    get length() {
      return length;
    },
    get isFull() {
      return length === capacity;
    },
    get memory() {
      return block;
    },
    append(chunk) {
      const count = Math.min(chunk.length, capacity - length);
      const needed = length + count;
      if (needed > block.length) {
        const wanted = Math.max(needed, expected, block.length * GROWTH, MIN_BYTES);
        block = copyInto(Buffer.allocUnsafeSlow(Math.min(capacity, wanted)), block.subarray(0, length));
      }
      block.set(chunk.subarray(0, count), length);
      length += count;
      return count;
    },
    bytes: () => block.subarray(0, length),
  };
}

function copyInto(larger: Uint8Array, content: Uint8Array): Uint8Array {
  larger.set(content);
  return larger;
}
