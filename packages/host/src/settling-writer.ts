import { isStorageError } from '@outrigger/driver';
import type { FileWriter, WriterOptions } from '@outrigger/driver';
import type { RemoteDriver, RemoteWriter } from '@outrigger/ipc/host';
import type { DriverProcess } from './driver-process.js';
import { DriverExitError } from './exit-error.js';
import { openMovableWriter } from './movable-writer.js';
import type { ProcessSource } from './retry.js';
import { callWithRetry, isLoss } from './retry.js';

/**
 * A writer, which ends with its process unless that was replaced in order: every call then rejects with UNAVAILABLE, and the caller
 * looks at what is durable. One thing can be settled: a commit whose answer was lost, if the path has the writer's size.
 */
export async function openSettlingWriter(
  processes: ProcessSource,
  path: string,
  options: WriterOptions,
): Promise<FileWriter> {
  const movable = await openMovableWriter(processes, path, options);
  const guard = async <T>(process: DriverProcess, run: () => Promise<T>): Promise<T> => {
    try {
      const result = await run();
      process.useful = true;
      return result;
    } catch (error) {
      if (!isLoss(error, process)) throw error;
      movable.release();
      throw await process.callError(path);
    }
  };
  /** Commits; when the answer was lost with the process, it counts as one that came if it is settled. */
  const end = (commit: (writer: RemoteWriter) => Promise<void>, isDone: (size: number) => Promise<boolean>) =>
    movable.end(async (writer, process) => {
      const { size } = writer;
      try {
        await guard(process, () => commit(writer));
      } catch (error) {
        if (!isExit(error)) throw error;
        await process.ended;
        if (!(await isDone(size))) throw error;
      }
    });
  const commit = () =>
    end(
      (writer) => writer.commit(),
      (size) => settle(processes, path, size, options),
    );
  const commitTo = async (to: string) => {
    if (movable.canCommitTo)
      return end(
        (writer) => writer.commitTo(to),
        (size) => settleAt(processes, path, to, size),
      );
    // Opened in a process of a version that could not; the one that has taken its place can.
    await commit();
    await callWithRetry(processes, path, {}, (remote) => remote.move(path, to));
  };
  return {
    get size() {
      return movable.size;
    },
    write: (chunk) => movable.run((writer, process) => guard(process, () => writer.write(chunk))),
    close: () => movable.end((writer, process) => guard(process, () => writer.close())),
    cancel: () => movable.end((writer, process) => guard(process, () => writer.cancel())),
    commit,
    commitTo,
  };
}

/** Ends what is left of a lost commit: by `commit` if it has the size, otherwise as it is. Answers which. */
async function commitAgain(
  writer: RemoteWriter,
  size: number,
  commit: (writer: RemoteWriter) => Promise<void>,
): Promise<boolean> {
  const isWhole = writer.size === size;
  await (isWhole ? commit(writer) : writer.close());
  return isWhole;
}

/** What the driver itself said of a commit is final, whatever became of the driver then. */
function isExit(error: unknown): boolean {
  return isStorageError(error, 'UNAVAILABLE') && error.cause instanceof DriverExitError;
}

/**
 * A commit to another path: nothing is left at the writer's own once it is done. What is left is as it was closed, and is
 * committed again.
 */
async function settleAt(processes: ProcessSource, path: string, to: string, size: number): Promise<boolean> {
  return unlessRefused(async () => {
    const isCommitted = await callWithRetry(processes, path, {}, async (remote) => {
      const left = await openLeft(remote, path);
      return left && commitAgain(left, size, (writer) => writer.commitTo(to));
    });
    if (isCommitted !== undefined) return isCommitted;
    const info = await callWithRetry(processes, to, {}, (remote) => remote.stat(to));
    if (info.isDir || info.size !== size) return false;
    // Seen is not durable. A move to itself changes nothing, and what it has answered is.
    await callWithRetry(processes, to, {}, (remote) => remote.move(to, to));
    return true;
  });
}

async function openLeft(remote: RemoteDriver, path: string): Promise<RemoteWriter | undefined> {
  try {
    return await remote.writer(path, { mode: 'append' });
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The caller hears of the commit, not of a look at it that failed. */
async function unlessRefused(look: () => Promise<boolean>): Promise<boolean> {
  try {
    return await look();
  } catch (error) {
    if (isStorageError(error)) return false;
    throw error;
  }
}

async function settle(
  processes: ProcessSource,
  path: string,
  size: number,
  { mode }: WriterOptions,
): Promise<boolean> {
  return unlessRefused(async () => {
    const info = await callWithRetry(processes, path, {}, (remote) => remote.stat(path));
    if (info.isDir || info.size !== size) return false;
    if (mode === 'isolated') return true;
    // Outside of isolated mode content is seen before it is durable: the lost commit may have ended before its fsync.
    return callWithRetry(processes, path, {}, async (remote) =>
      commitAgain(await remote.writer(path, { mode: 'append' }), size, (writer) => writer.commit()),
    );
  });
}
