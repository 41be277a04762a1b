import { createHash, randomBytes } from 'node:crypto';
import type { FileWriter, StorageDriver } from '@outrigger/driver';
import { expect } from './examination.js';

const MIB = 1024 * 1024;

/** Writes content that is never in memory as a whole, and knows its hash. */
export class LargeObject {
  readonly #hash = createHash('sha256');
  readonly #block = randomBytes(MIB);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Writes so many more bytes. */
  async grow(writer: FileWriter, size: number, signal: AbortSignal): Promise<void> {
    for (let left = size; left > 0;) {
      signal.throwIfAborted();
      const chunk = this.#block.subarray(0, Math.min(MIB, left));
      // No two blocks are alike: parts in a wrong order show.
      this.#block.writeDoubleBE(this.#size, 0);
      this.#hash.update(chunk);
      await writer.write(chunk);
      this.#size += chunk.length;
      left -= chunk.length;
    }
  }

  /** @throws Finding when the driver reads anything else */
  async compare(driver: StorageDriver, path: string, signal: AbortSignal): Promise<void> {
    const reader = await driver.reader(path, { signal });
    try {
      const hash = createHash('sha256');
      const into = Buffer.alloc(MIB);
      let size = 0;
      for (let count = await reader.read(into); count > 0; count = await reader.read(into)) {
        hash.update(into.subarray(0, count));
        size += count;
      }
      const sizes = `${String(size)} bytes of ${String(this.#size)}`;
      expect(
        size === this.#size && hash.digest('hex') === this.#hash.copy().digest('hex'),
        `other content came back: ${sizes}`,
      );
    } finally {
      await reader.close();
    }
  }
}

/** Runs `use`; a writer that it leaves in an error is cancelled, so that nothing of it stays. */
export async function withWriter<T>(writer: FileWriter, use: (writer: FileWriter) => Promise<T>): Promise<T> {
  try {
    return await use(writer);
  } catch (error) {
    // The error that brought us here is the one to tell.
    await writer.cancel().catch(() => undefined);
    throw error;
  }
}
