import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { createKeyedLock } from '@outrigger/driver';
import { writeAll } from './directory-target.js';
import { TAR_BLOCK, tarHeader } from './tar-header.js';
import type { LayoutTarget } from './target.js';

/**
 * A new tar archive, which gets its name when it is whole; one that is there is replaced then. One file is written at a time.
 *
 * @param path - of this machine
 */
export async function tarTarget(path: string): Promise<LayoutTarget> {
  const temporary = `${path}.${randomUUID()}.unfinished`;
  const file = await open(temporary, 'wx');
  const locks = createKeyedLock();
  const sizes = new Map<string, number>();
  let end = 0;
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  return {
    size: (name) => Promise.resolve(sizes.get(name)),
    read: () => Promise.resolve(undefined),
    write: (name, body, accept) =>
      locks.run('', async () => {
        if (sizes.has(name)) return;
        let at = end + TAR_BLOCK;
        await body.pour(async (chunk) => {
          await writeAll(file, chunk, at);
          at += chunk.length;
        });
        accept();
        // Last, so that one that has failed is written over by the next.
        await writeAll(file, tarHeader(name, body.length), end);
        end += TAR_BLOCK + Math.ceil(body.length / TAR_BLOCK) * TAR_BLOCK;
        sizes.set(name, body.length);
      }),
    async finish() {
      await file.truncate(end);
      await file.truncate(end + 2 * TAR_BLOCK);
      await file.sync();
      await close();
      await rename(temporary, path);
    },
    async close() {
      if (!isOpen) return;
      await close();
      await rm(temporary, { force: true });
    },
  };
}
