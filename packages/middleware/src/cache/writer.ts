import type { FileWriter } from '@outrigger/driver';
import type { Fill } from './fill.js';

/** Gives the cache what is written. The file behind the writer is not offered: what others write there would not be seen. */
export function createFillingWriter(
  inner: FileWriter,
  fill: Fill,
  keep: (work: Promise<unknown>) => void,
): FileWriter {
  return {
    get size() {
      return inner.size;
    },
    async write(chunk) {
      await inner.write(chunk);
      fill.push(chunk);
    },
    async commit() {
      await inner.commit();
      keep(fill.finish());
    },
    async close() {
      fill.abandon();
      await inner.close();
    },
    async cancel() {
      fill.abandon();
      await inner.cancel();
    },
  };
}
