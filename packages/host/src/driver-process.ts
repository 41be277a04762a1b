import { StorageError } from '@outrigger/driver';
import type { RemoteDriver } from '@outrigger/ipc/host';
import { ProtocolViolation } from '@outrigger/ipc/host';
import { settlesWithin } from './deadline.js';
import { DriverExitError, toCallError } from './exit-error.js';
import { watchLiveness } from './liveness.js';
import type { PreparedExecutable } from './prepare-executable.js';
import { signalGroup } from './process-group.js';
import type { ProcessExit, SpawnedProcess } from './spawn.js';
import { stopProcess } from './stop.js';
import type { StderrLog } from './stderr-log.js';
import type { Timings } from './timings.js';

export interface DriverProcessParts {
  readonly driver: string;
  readonly executable: PreparedExecutable;
  readonly child: SpawnedProcess;
  readonly remote: RemoteDriver;
  readonly stderr: StderrLog;
  readonly timings: Timings;
  /** Takes the values of secrets out of a text. */
  readonly redact: (text: string) => string;
  /** Gives back what the process had: its place with the watchdog, its directory. */
  readonly release: () => Promise<void>;
}

/** A driver's process from the handshake to its end. When anything is wrong with it, it is killed, never mended. */
export class DriverProcess {
  readonly remote: RemoteDriver;
  readonly executable: PreparedExecutable;
  readonly pid: number;
  /** Settles when the process, its group and its connection are over. Never rejects. */
  readonly ended: Promise<DriverExitError>;
  /** Settles as soon as no call can succeed any more. Never rejects. */
  readonly lost: Promise<void>;
  /** It answered at least one operation. */
  useful = false;
  readonly #parts: DriverProcessParts;
  readonly #exited: Promise<ProcessExit>;
  #isLost = false;
  #isStopping = false;
  #reason: Error | undefined;
  #exitError: DriverExitError | undefined;
  #users = 0;
  #onUnused: (() => void) | undefined;

  constructor(parts: DriverProcessParts) {
    const { child, remote, executable, timings } = parts;
    this.#parts = parts;
    this.remote = remote;
    this.executable = executable;
    this.pid = child.pid;
    this.#exited = child.exited;
    const stopWatching = watchLiveness(this, timings, (reason) => {
      this.kill(reason);
    });
    this.lost = Promise.race([remote.broken, child.exited]).then(() => {
      this.#isLost = true;
      stopWatching();
    });
    void remote.broken.then((reason) => this.#onBroken(reason));
    this.ended = this.#end();
  }

  /** No call can succeed any more. */
  get isLost(): boolean {
    return this.#isLost || this.remote.isBroken;
  }

  /** The caller uses the process until it calls what this returns, once. */
  use(): () => void {
    this.#users++;
    return () => {
      if (--this.#users === 0) this.#onUnused?.();
    };
  }

  /** Ends the process and its group at once. */
  kill(reason: Error): void {
    this.#reason ??= reason;
    this.remote.fail(new StorageError('UNAVAILABLE', reason.message, { cause: reason }));
    signalGroup(this.pid, 'SIGKILL');
  }

  /** Ends the process in the orderly way, when nobody uses it any more or after `waitMs`. */
  async stop(waitMs = 0): Promise<void> {
    if (this.#users > 0 && waitMs > 0) {
      const unused = new Promise<void>((resolve) => {
        this.#onUnused = resolve;
      });
      await settlesWithin(Promise.race([unused, this.ended]), waitMs);
    }
    this.#isStopping = true;
    await stopProcess({ pid: this.pid, exited: this.#exited }, this.remote, this.#parts.timings);
    await this.ended;
  }

  /** What a call is told that this process left without an answer. */
  async callError(path: string): Promise<StorageError> {
    await settlesWithin(this.ended, this.#parts.timings.newsMs);
    return toCallError(this.#exitError ?? this.#describe({ exitCode: undefined, signal: undefined }), path);
  }

  /** A channel that broke the protocol is killed at once; one that closed may be the first sign of an exit. */
  async #onBroken(reason: Error): Promise<void> {
    if (reason instanceof ProtocolViolation) {
      this.kill(reason);
      return;
    }
    if (this.#isStopping || (await settlesWithin(this.#exited, this.#parts.timings.drainMs))) return;
    this.kill(reason);
  }

  async #end(): Promise<DriverExitError> {
    const exit = await this.#exited;
    // What it wrote before it ended still counts.
    await settlesWithin(this.remote.broken, this.#parts.timings.drainMs);
    signalGroup(this.pid, 'SIGKILL');
    this.#exitError = this.#describe(exit);
    this.remote.fail(toCallError(this.#exitError));
    await this.#parts.release();
    return this.#exitError;
  }

  #describe(exit: ProcessExit): DriverExitError {
    const { driver, stderr, redact } = this.#parts;
    const reason = this.#reason === undefined ? undefined : redact(this.#reason.message);
    return new DriverExitError({ driver, pid: this.pid, exit, reason, stderr: stderr.tail });
  }
}
