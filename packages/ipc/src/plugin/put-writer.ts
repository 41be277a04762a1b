import type { FileWriter, StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';

/**
 * The writer of `mode: put`: an atomic replacement that is larger than one message. At most `limit` bytes are gathered
 * for the driver's `put`.
 */
export function createPutWriter(driver: StorageDriver, path: string, limit: number): FileWriter {
  let chunks: Buffer[] = [];
  let size = 0;
  const drop = () => {
    chunks = [];
    return Promise.resolve();
  };
  return {
    get size() {
      return size;
    },
    write(chunk) {
      if (size + chunk.length > limit) {
        return Promise.reject(
          new StorageError('UNSUPPORTED', `put takes at most ${String(limit)} bytes`, { path }),
        );
      }
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      return Promise.resolve();
    },
    commit: () => driver.put(path, Buffer.concat(chunks, size)),
    close: drop,
    cancel: drop,
  };
}
