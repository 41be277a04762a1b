import { StorageError } from '@outrigger/driver';
import type { CallOptions, WriterMode, WriterOptions } from '@outrigger/driver';
import type { RemoteWriter } from '@outrigger/ipc/host';
import type { DriverProcess } from './driver-process.js';
import type { ProcessSource } from './retry.js';
import { callWithRetry } from './retry.js';

/**
 * A writer that goes on in another process when its own was replaced and has to end: what is written is closed there, and
 * appended to here. Nobody else can resume an isolated one: it stays where it is.
 */
export interface MovableWriter {
  readonly size: number;
  /** Whether the process that it was opened in knows how to. */
  readonly canCommitTo: boolean;
  /** Does something with the writer, and not while it moves. One at a time. */
  run<T>(use: (writer: RemoteWriter, process: DriverProcess) => Promise<T>): Promise<T>;
  /** As {@link run}, for the last time: it is given up then. */
  end<T>(use: (writer: RemoteWriter, process: DriverProcess) => Promise<T>): Promise<T>;
  /** Idempotent. */
  release(): void;
}

/** A writer and the process that it writes with. */
interface Held {
  readonly writer: RemoteWriter;
  readonly process: DriverProcess;
  readonly release: () => void;
}

/** Opening is repeated after a loss: nothing was written yet that a second opening could harm. */
export async function openMovableWriter(
  processes: ProcessSource,
  path: string,
  options: WriterOptions,
): Promise<MovableWriter> {
  let isOpen = false;
  let isOver = false;
  let underWay: Promise<unknown> = Promise.resolve();
  let moving: Promise<void> | undefined;
  const leave = () => {
    // Looked at again when it is open.
    if (!isOpen) return;
    const moved = (moving ?? underWay).then(move).then(() => {
      if (moving === moved) moving = undefined;
    });
    moved.catch(() => undefined);
    moving = moved;
  };
  const open = (mode: WriterMode, { signal }: CallOptions) =>
    callWithRetry(processes, path, { signal }, async (remote, _isRepeat, process): Promise<Held> => {
      const writer = await remote.writer(path, { ...options, mode, signal });
      return { writer, process, release: process.use(mode === 'isolated' ? undefined : leave) };
    });
  const { mode = 'truncate' } = options;
  let held = await open(mode, options);
  const { commitTo } = held.process.remote.capabilities;

  const move = async () => {
    if (isOver || !held.process.isLeaving) return;
    const from = held;
    const { size } = from.writer;
    try {
      await from.writer.close();
      if (from.writer.size !== size) throw isShort(path, from.writer.size, size);
      // Not for the signal of the one who has opened it: a client that leaves never cancels a commit.
      held = await open(size === 0 ? mode : 'append', {});
      if (held.writer.size !== size) throw isShort(path, held.writer.size, size);
    } finally {
      from.release();
    }
  };
  const run: MovableWriter['run'] = async (use) => {
    while (moving !== undefined) await moving;
    const used = use(held.writer, held.process);
    underWay = used.catch(() => undefined);
    return used;
  };
  const release = () => {
    isOver = true;
    held.release();
  };
  isOpen = true;
  if (held.process.isLeaving && mode !== 'isolated') leave();
  return {
    get size() {
      return held.writer.size;
    },
    canCommitTo: commitTo === true && mode !== 'isolated',
    run,
    end: (use) =>
      run((writer, process) => {
        isOver = true;
        return use(writer, process);
      }).finally(release),
    release,
  };
}

function isShort(path: string, found: number, wanted: number): StorageError {
  const what = `of ${String(wanted)} bytes the replaced driver has kept ${String(found)}: ${path}`;
  return new StorageError('UNAVAILABLE', what, { path });
}
