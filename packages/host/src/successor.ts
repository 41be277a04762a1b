import { CAPABILITY_NAMES, StorageError, isStorageError } from '@outrigger/driver';
import { RefusedSuccessorError } from './driver-errors.js';
import type { DriverProcess } from './driver-process.js';
import { messageOf } from './message-of.js';
import type { PreparedExecutable } from './prepare-executable.js';

/** Whether an executable is the very file that a process was started from, as far as the system tells. */
export function isSameExecutable(found: PreparedExecutable, { executable }: DriverProcess): boolean {
  return found.realPath === executable.realPath && found.identity === executable.identity;
}

/**
 * Before it is started: what had a description has one still.
 *
 * @throws RefusedSuccessorError
 */
export function checkDescription(driver: string, found: PreparedExecutable, running: DriverProcess): void {
  if (found.description !== undefined || running.executable.description === undefined) return;
  const what = `it has no description: ${found.undescribed ?? 'unknown reason'}`;
  throw new RefusedSuccessorError(driver, found.realPath, what);
}

/** How long an answer is waited for. */
export interface Patience {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Before it takes the place of a process: it is the same driver, can do all that the registry may be counting on at this moment, and
 * answers.
 *
 * @throws RefusedSuccessorError. The process is then still to be ended
 */
export async function checkSuccessor(
  driver: string,
  next: DriverProcess,
  running: DriverProcess | undefined,
  patience: Patience,
): Promise<void> {
  const { remote, executable } = next;
  const refuse = (what: string, cause?: unknown) =>
    new RefusedSuccessorError(driver, executable.realPath, what, cause);
  const former = running?.remote;
  if (former !== undefined && former.name !== remote.name)
    throw refuse(`it is the driver ${remote.name}, and ${former.name} runs`);
  const lacks = CAPABILITY_NAMES.filter(
    (name) => former?.capabilities[name] === true && remote.capabilities[name] !== true,
  );
  if (lacks.length > 0)
    throw refuse(
      `version ${remote.version} lacks ${lacks.join(', ')}, which ${former?.version ?? ''} has and requests under way may need; ` +
        'a restart of the registry takes it all the same',
    );
  await answers(next, patience).catch((error: unknown) => {
    throw refuse(`version ${remote.version} does not serve: ${messageOf(error)}`, error);
  });
}

/** An empty store need not have a root. */
async function answers(next: DriverProcess, patience: Patience): Promise<void> {
  const { timeoutMs } = patience;
  const signal = AbortSignal.any([patience.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    await next.remote.stat('/', { signal });
  } catch (error) {
    if (next.isLost) throw await next.callError('/');
    if (signal.aborted)
      throw new StorageError('UNAVAILABLE', `no answer to stat within ${String(timeoutMs)} ms`);
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
  next.useful = true;
}
