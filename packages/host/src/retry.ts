import { isStorageError } from '@outrigger/driver';
import type { CallOptions } from '@outrigger/driver';
import type { RemoteDriver } from '@outrigger/ipc/host';
import type { DriverProcess } from './driver-process.js';

/** A call is sent at most so often: one that kills every driver it meets must not kill them for ever. */
export const MAX_ATTEMPTS = 3;

/** A process that does not end in the orderly way before `release` is called. */
export interface Lease {
  readonly process: DriverProcess;
  readonly release: () => void;
}

/** Where processes come from: the supervisor. */
export interface ProcessSource {
  acquire(path: string, signal?: AbortSignal): Promise<Lease>;
}

/**
 * Sends a call, and sends it again when its process was lost before the answer came. Only for calls whose repetition
 * changes nothing. What a driver answered, and a call that was cancelled, is final.
 *
 * @param run - `isRepeat`: the call may have been done already, by a process that could not say so
 */
export async function callWithRetry<T>(
  processes: ProcessSource,
  path: string,
  { signal }: CallOptions,
  run: (remote: RemoteDriver, isRepeat: boolean, process: DriverProcess) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { process, release } = await processes.acquire(path, signal);
    try {
      const result = await run(process.remote, attempt > 1, process);
      process.useful = true;
      return result;
    } catch (error) {
      if (!isLoss(error, process) && !isCutOff(error, process, signal)) {
        if (!isStorageError(error, 'CANCELLED')) process.useful = true;
        throw error;
      }
      if (attempt === MAX_ATTEMPTS) throw process.isLost ? await process.callError(path) : error;
    } finally {
      release();
    }
  }
}

/** Whether a call failed because its process was lost, and not because the driver said so. */
export function isLoss(error: unknown, process: DriverProcess): boolean {
  return process.isLost && isStorageError(error, 'UNAVAILABLE');
}

/** Whether a driver that was asked to end has given a call up, which nobody else has: another process can still do it. */
function isCutOff(error: unknown, process: DriverProcess, signal: AbortSignal | undefined): boolean {
  return process.isLeaving && signal?.aborted !== true && isStorageError(error, 'CANCELLED');
}
