/** Buffers of one size that are used again: at most `keep` idle ones stay in memory. */
export interface BufferPool {
  readonly size: number;
  take(): Buffer;
  /** The buffer must not be used afterwards. */
  give(buffer: Buffer): void;
}

export function createBufferPool(size: number, keep: number): BufferPool {
  const idle: Buffer[] = [];
  return {
    size,
    take: () => idle.pop() ?? Buffer.allocUnsafeSlow(size),
    give(buffer) {
      if (idle.length < keep) idle.push(buffer);
    },
  };
}
