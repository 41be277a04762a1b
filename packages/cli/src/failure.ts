import { InvalidParametersError, isStorageError } from '@outrigger/driver';
import { DriverStartError, InvalidStorageDriverError, RefusedExecutableError } from '@outrigger/host';
import { IncompatibleVersionError } from '@outrigger/ipc/host';
import { ConfigError } from './config/config-error.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';

/** An end of a command that is nobody's fault in here: a message for a person and the exit status. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.exitCode = exitCode;
  }
}

export interface Failure {
  readonly exitCode: ExitCode;
  /** For a person, without a stack unless it is our fault. */
  readonly message: string;
}

/** What to say of an error, and what to end with. */
export function toFailure(error: unknown): Failure {
  if (error instanceof ConfigError)
    return { exitCode: EXIT.config, message: `the configuration is wrong\n${indent(error.message)}` };
  if (error instanceof CommandError) return { exitCode: error.exitCode, message: error.message };
  if (error instanceof InvalidParametersError) return { exitCode: EXIT.config, message: error.message };
  if (error instanceof InvalidStorageDriverError)
    return { exitCode: EXIT.unavailable, message: describeUnknownDriver(error) };
  if (isUnavailable(error)) return { exitCode: EXIT.unavailable, message: `${error.name}: ${error.message}` };
  const stack =
    error instanceof Error ? (error.stack ?? error.message) : 'a value that is no error was thrown';
  return { exitCode: EXIT.software, message: `unexpected: ${stack}` };
}

function isUnavailable(error: unknown): error is Error {
  return (
    error instanceof RefusedExecutableError ||
    error instanceof DriverStartError ||
    error instanceof IncompatibleVersionError ||
    isStorageError(error)
  );
}

function describeUnknownDriver(error: InvalidStorageDriverError): string {
  return `${error.name}: ${error.message}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
