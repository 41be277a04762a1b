import { StorageError } from '@outrigger/driver';
import type { ProcessExit } from './spawn.js';

export interface DriverExit {
  readonly driver: string;
  readonly pid: number;
  readonly exit: ProcessExit;
  /** Why the host ended it, if it did. */
  readonly reason?: string | undefined;
  /** The last lines of its stderr, secrets taken out. */
  readonly stderr: readonly string[];
}

/** The end of a driver's process, as the `cause` of the errors of the calls that it left. */
export class DriverExitError extends Error {
  override readonly name = 'DriverExitError';
  readonly driver: string;
  readonly pid: number;
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stderr: readonly string[];

  constructor({ driver, pid, exit, reason, stderr }: DriverExit) {
    const told = reason === undefined ? '' : `${reason}; `;
    super(
      `the driver's process (${driver}, pid ${String(pid)}) ended: ${told}${describeExit(exit)}${describeStderr(stderr)}`,
    );
    this.driver = driver;
    this.pid = pid;
    this.exitCode = exit.exitCode;
    this.signal = exit.signal;
    this.stderr = stderr;
  }
}

/** `exit code 3` or `signal SIGKILL`. */
export function describeExit({ exitCode, signal }: ProcessExit): string {
  return signal === undefined ? `exit code ${String(exitCode ?? 'unknown')}` : `signal ${signal}`;
}

/** The last lines of stderr on one line, to be appended to a message. */
export function describeStderr(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `; its last words: ${lines.join(' | ')}`;
}

/** What a call is told whose driver ended under it. */
export function toCallError(exit: DriverExitError, path?: string): StorageError {
  return new StorageError('UNAVAILABLE', exit.message, { driver: exit.driver, path, cause: exit });
}
