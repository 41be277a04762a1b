import { isStorageError } from '@outrigger/driver';
import type { FileWriter, WriterOptions } from '@outrigger/driver';
import type { DriverProcess } from './driver-process.js';
import { DriverExitError } from './exit-error.js';
import type { ProcessSource } from './retry.js';
import { callWithRetry, isLoss } from './retry.js';

/**
 * A writer, which ends with its process: every call then rejects with UNAVAILABLE, and the caller looks at what is
 * durable. One thing can be settled: a commit whose answer was lost was done if the path has the writer's size.
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
        if (!isExit(error) || !(await hasSize(processes, process, path, size))) throw error;
      } finally {
        release();
      }
    },
  };
}

/** What the driver itself said of a commit is final, whatever became of the driver then. */
function isExit(error: unknown): boolean {
  return isStorageError(error, 'UNAVAILABLE') && error.cause instanceof DriverExitError;
}

async function hasSize(
  processes: ProcessSource,
  lost: DriverProcess,
  path: string,
  size: number,
): Promise<boolean> {
  await lost.ended;
  try {
    const info = await callWithRetry(processes, path, {}, (remote) => remote.stat(path));
    return !info.isDir && info.size === size;
  } catch (error) {
    if (isStorageError(error)) return false; // the caller hears of the commit, not of this look at it
    throw error;
  }
}
