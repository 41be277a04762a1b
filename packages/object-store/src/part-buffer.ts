/** What a buffer begins with; it doubles from there, so that a small blob costs little. */
const MIN_BYTES = 64 * 1024;

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

/** @param memory - of an earlier buffer that nobody reads from any more; otherwise it grows as it is filled */
export function createPartBuffer(capacity: number, memory: Uint8Array = new Uint8Array(0)): PartBuffer {
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
      if (length + count > block.length) block = grow(block, length, length + count, capacity);
      block.set(chunk.subarray(0, count), length);
      length += count;
      return count;
    },
    bytes: () => block.subarray(0, length),
  };
}

function grow(block: Uint8Array, used: number, needed: number, capacity: number): Uint8Array {
  const larger = Buffer.allocUnsafeSlow(Math.min(capacity, Math.max(needed, block.length * 2, MIN_BYTES)));
  larger.set(block.subarray(0, used));
  return larger;
}
