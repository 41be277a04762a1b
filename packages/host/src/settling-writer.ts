import { isStorageError } from '@outrigger/driver';
import type { FileWriter, WriterOptions } from '@outrigger/driver';
import type { RemoteDriver } from '@outrigger/ipc/host';
import { DriverExitError } from './exit-error.js';
import type { ProcessSource } from './retry.js';
import { callWithRetry, isLoss } from './retry.js';

/**
 * A writer, which ends with its process: every call then rejects with UNAVAILABLE, and the caller looks at what is
 * durable. One thing can be settled: a commit whose answer was lost, if the path has the writer's size.
 *
 * Opening is repeated after a loss: nothing was written yet that a second opening could harm.
 */
export async function openSettlingWriter(
  processes: ProcessSource,
  path: string,
  options: WriterOptions,
): Promise<FileWriter> {
  const opened = await callWithRetry(processes, path, options, async (remote, _isRepeat, process) => {
    const writer = await remote.writer(path, options);
    return { writer, process, release: process.use() };
  });
  const { writer, process } = opened;
  let isReleased = false;
  const release = () => {
    if (!isReleased) opened.release();
    isReleased = true;
  };
  const guard = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      const result = await run();
      process.useful = true;
      return result;
    } catch (error) {
      if (!isLoss(error, process)) throw error;
      release();
      throw await process.callError(path);
    }
  };
  return {
    get size() {
      return writer.size;
    },
    write: (chunk) => guard(() => writer.write(chunk)),
    close: () => guard(() => writer.close()).finally(release),
    cancel: () => guard(() => writer.cancel()).finally(release),
    async commit() {
      const { size } = writer;
      try {
        await guard(() => writer.commit());
      } catch (error) {
        if (!isExit(error)) throw error;
        await process.ended;
        if (!(await settle(processes, path, size, options))) throw error;
      } finally {
        release();
      }
    },
  };
}

/** Outside of isolated mode content is seen before it is durable: the lost commit may have ended before its fsync. */
async function commitAgain(remote: RemoteDriver, path: string, size: number): Promise<boolean> {
  const writer = await remote.writer(path, { mode: 'append' });
  if (writer.size === size) await writer.commit();
  else await writer.close();
  return writer.size === size;
}

/** What the driver itself said of a commit is final, whatever became of the driver then. */
function isExit(error: unknown): boolean {
  return isStorageError(error, 'UNAVAILABLE') && error.cause instanceof DriverExitError;
}

async function settle(
  processes: ProcessSource,
  path: string,
  size: number,
  { mode }: WriterOptions,
): Promise<boolean> {
  try {
    const info = await callWithRetry(processes, path, {}, (remote) => remote.stat(path));
    if (info.isDir || info.size !== size) return false;
    if (mode === 'isolated') return true;
    return await callWithRetry(processes, path, {}, (remote) => commitAgain(remote, path, size));
  } catch (error) {
    if (isStorageError(error)) return false; // the caller hears of the commit, not of this look at it
    throw error;
  }
}
