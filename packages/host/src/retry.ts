import { isStorageError } from '@outrigger/driver';
import type { CallOptions } from '@outrigger/driver';
import type { RemoteDriver } from '@outrigger/ipc/host';
import type { DriverProcess } from './driver-process.js';

/** A call is sent at most so often: one that kills every driver it meets must not kill them for ever. */
export const MAX_ATTEMPTS = 3;

/** Where processes come from: the supervisor. */
export interface ProcessSource {
  acquire(path: string, signal?: AbortSignal): Promise<DriverProcess>;
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
    const process = await processes.acquire(path, signal);
    const release = process.use();
    try {
      const result = await run(process.remote, attempt > 1, process);
      process.useful = true;
      return result;
    } catch (error) {
      if (!isLoss(error, process)) {
        if (!isStorageError(error, 'CANCELLED')) process.useful = true;
        throw error;
      }
      if (attempt === MAX_ATTEMPTS) throw await process.callError(path);
    } finally {
      release();
    }
  }
}

/** Whether a call failed because its process was lost, and not because the driver said so. */
export function isLoss(error: unknown, process: DriverProcess): boolean {
  return process.isLost && isStorageError(error, 'UNAVAILABLE');
}
