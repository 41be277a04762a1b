/** Buffers for content on its way through; reused, since a fresh MiB costs more than the copy into it. */
export interface BufferPool {
  /**
   * A buffer of 1 MiB or, when all are in use or no more is wanted, a smaller one. Never waits.
   *
   * @param wanted - bytes that will be needed at the most
   */
  acquire(wanted?: number): Buffer;
  /** Takes a buffer back that nothing uses any more. */
  release(buffer: Buffer): void;
  /** Gives up a buffer that something may still use. */
  discard(buffer: Buffer): void;
}

export const POOLED_SIZE = 1024 * 1024;
const SMALL_SIZE = 64 * 1024;

/** @param limit - how many buffers of 1 MiB exist at the most */
export function createBufferPool(limit: number): BufferPool {
  const free: Buffer[] = [];
  let existing = 0;
  return {
    acquire(wanted = POOLED_SIZE) {
      if (wanted <= SMALL_SIZE) return Buffer.allocUnsafeSlow(Math.max(1, wanted));
      const pooled = free.pop();
      if (pooled !== undefined) return pooled;
      if (existing === limit) return Buffer.allocUnsafeSlow(SMALL_SIZE);
      existing++;
      // Shared with the thread that hashes.
      return Buffer.from(new SharedArrayBuffer(POOLED_SIZE));
    },
    release(buffer) {
      if (buffer.length === POOLED_SIZE) free.push(buffer);
    },
    discard(buffer) {
      if (buffer.length === POOLED_SIZE) existing--;
    },
  };
}
