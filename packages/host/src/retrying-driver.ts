import { isStorageError } from '@outrigger/driver';
import type { CallOptions, Capabilities, StorageDriver } from '@outrigger/driver';
import type { RemoteDriver } from '@outrigger/ipc/host';
import type { DriverMetrics } from './metrics.js';
import { openResumingReader } from './resuming-reader.js';
import { callWithRetry } from './retry.js';
import { openSettlingWriter } from './settling-writer.js';
import type { Supervisor } from './supervisor.js';

export interface RetryingDriverOptions {
  readonly name: string;
  readonly supervisor: Supervisor;
  readonly metrics: DriverMetrics;
  /** Of the newest process. */
  readonly capabilities: () => Capabilities;
  readonly close: () => Promise<void>;
}

/**
 * A driver over whatever process runs at the moment. After a crash, what may be repeated is repeated; `delete`, `move` and a commit,
 * whose answers were lost, are settled by what the store then shows.
 */
export function createRetryingDriver(options: RetryingDriverOptions): StorageDriver {
  const { name, supervisor, metrics } = options;
  const call = <T>(
    path: string,
    callOptions: CallOptions | undefined,
    run: (remote: RemoteDriver, isRepeat: boolean) => Promise<T>,
  ): Promise<T> => metrics.inFlight(() => callWithRetry(supervisor, path, callOptions ?? {}, run));

  return {
    name,
    get capabilities() {
      return options.capabilities();
    },
    stat: (path, o) => call(path, o, (remote) => remote.stat(path, o)),
    list: (path, o) => call(path, o, (remote) => remote.list(path, o)),
    walk: (path, o) => call(path, o, (remote) => remote.walk(path, o)),
    async get(path, o) {
      const content = await call(path, o, (remote) => remote.get(path, o));
      metrics.addBytes('read', content.length);
      return content;
    },
    async put(path, content, o) {
      await call(path, o, (remote) => remote.put(path, content, o));
      metrics.addBytes('written', content.length);
    },
    reader: (path, o = {}) => metrics.inFlight(() => openResumingReader(supervisor, path, o)),
    writer: (path, o = {}) => metrics.inFlight(() => openSettlingWriter(supervisor, path, o)),
    copy: (source, destination, o) => call(source, o, (remote) => remote.copy(source, destination, o)),
    redirectURL: (path, request) => call(path, request, (remote) => remote.redirectURL(path, request)),
    move: (source, destination, o) =>
      call(source, o, async (remote, isRepeat) => {
        if (isRepeat && (await isMoved(remote, source, destination, o))) return;
        await remote.move(source, destination, o);
      }),
    delete: (path, o) =>
      call(path, o, async (remote, isRepeat) => {
        try {
          await remote.delete(path, o);
        } catch (error) {
          // The attempt whose answer was lost did it.
          if (!isRepeat || !isStorageError(error, 'PATH_NOT_FOUND')) throw error;
        }
      }),
    close: options.close,
  };
}

/**
 * A move of which nothing is left at the source was done by the attempt whose answer was lost; any other is done again. What is seen may
 * not be durable: a move to itself changes nothing, and what it has answered is.
 */
async function isMoved(
  remote: RemoteDriver,
  source: string,
  destination: string,
  options: CallOptions | undefined,
): Promise<boolean> {
  if (await exists(remote, source, options)) return false;
  if (!(await exists(remote, destination, options))) return false;
  await remote.move(destination, destination, options);
  return true;
}

async function exists(
  remote: RemoteDriver,
  path: string,
  options: CallOptions | undefined,
): Promise<boolean> {
  try {
    await remote.stat(path, options);
    return true;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  }
}
