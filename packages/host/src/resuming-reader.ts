import { StorageError, alreadyClosed, isStorageError, versionChanged } from '@outrigger/driver';
import type { ContentReader, ReadOptions } from '@outrigger/driver';
import type { DriverProcess } from './driver-process.js';
import type { ProcessSource } from './retry.js';
import { MAX_ATTEMPTS, callWithRetry } from './retry.js';

/** A reader and the process that it reads from. */
interface Source {
  readonly reader: ContentReader;
  readonly process: DriverProcess;
  readonly release: () => void;
}

/**
 * Content that survives its driver: when the process is lost in mid-read, or was replaced and has to end, the rest is read from the
 * next one, from the byte reached, of the same version. A stream that ends short is never the end.
 *
 * @throws what the first opening throws
 */
export async function openResumingReader(
  processes: ProcessSource,
  path: string,
  options: ReadOptions,
): Promise<ContentReader> {
  let isBusy = true;
  const leave = () => {
    // What is under way ends where it began.
    if (!isBusy) void giveUpSource();
  };
  const open = (range: ReadOptions) => openSource(processes, path, range, leave);
  const first = await open(options);
  isBusy = false;
  const { size, modTime, version } = first.reader;
  let position = options.offset ?? 0;
  const end = Math.max(position, Math.min(size, position + (options.length ?? size)));
  let source: Source | undefined = first;
  let failures = 0;
  let closed = false;
  let isDone = false;

  const giveUpSource = async () => {
    const given = source;
    source = undefined;
    given?.release();
    await given?.reader.close();
  };
  const reopen = async () => {
    const rest = {
      ...options,
      offset: position,
      length: end - position,
      ifMatch: version ?? options.ifMatch,
    };
    const opened = await open(rest);
    if (closed) {
      opened.release();
      await opened.reader.close();
      throw alreadyClosed(path, 'closed');
    }
    source = opened;
    if (opened.reader.size !== size || (version === undefined && +opened.reader.modTime !== +modTime))
      throw versionChanged(path);
    return opened;
  };
  /** @throws the error, when nothing better can be done about it */
  const recover = async (error: unknown, process: DriverProcess) => {
    await giveUpSource();
    if (closed) throw alreadyClosed(path, 'closed');
    const isCut = process.isLeaving && options.signal?.aborted !== true;
    if (!isCut && !(isStorageError(error, 'UNAVAILABLE') && error.retryable)) throw error;
    if (++failures >= MAX_ATTEMPTS) throw process.isLost ? await process.callError(path) : error;
  };
  const readFrom = async ({ reader, process }: Source, into: Uint8Array) => {
    const left = end - position;
    const count = await reader.read(left === 0 ? BEHIND : into.length > left ? into.subarray(0, left) : into);
    if (count === 0 && left > 0) throw short(path, left);
    if (count > left) throw tooLong(path);
    process.useful = true;
    failures = 0;
    position += count;
    return count;
  };
  /** Whether it was asked to leave while it was busy. */
  const isToLeave = () => source?.process.isLeaving === true;

  if (isToLeave()) await giveUpSource();
  return {
    size,
    modTime,
    ...(version === undefined ? {} : { version }),
    async read(into) {
      if (closed) throw alreadyClosed(path, 'closed');
      if (into.length === 0 || isDone) return 0;
      isBusy = true;
      try {
        for (;;) {
          const current = source ?? (await reopen());
          try {
            const count = await readFrom(current, into);
            isDone = count === 0;
            return count;
          } catch (error) {
            await recover(error, current.process);
          }
        }
      } finally {
        isBusy = false;
        if (isToLeave()) await giveUpSource();
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await giveUpSource();
    },
  };
}

async function openSource(
  processes: ProcessSource,
  path: string,
  options: ReadOptions,
  leave: () => void,
): Promise<Source> {
  return callWithRetry(processes, path, options, async (remote, _isRepeat, process) => {
    const release = process.use(leave);
    try {
      return { reader: await remote.reader(path, options), process, release };
    } catch (error) {
      release();
      throw error;
    }
  });
}

function short(path: string, missing: number): StorageError {
  return new StorageError('UNAVAILABLE', `the content ended ${String(missing)} bytes short: ${path}`, {
    path,
  });
}

function tooLong(path: string): StorageError {
  return new StorageError('UNAVAILABLE', `the driver sent more than there is: ${path}`, {
    path,
    retryable: false,
  });
}

/** Only the read behind the last byte tells that the driver vouches for all of them. */
const BEHIND = new Uint8Array(1);
