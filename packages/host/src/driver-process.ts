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

interface User {
  readonly leave: (() => void) | undefined;
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
  readonly #users = new Set<User>();
  #isLeaving = false;
  #onUnused: (() => void) | undefined;
  readonly #hurried = Promise.withResolvers<undefined>();
  #stopped: Promise<void> | undefined;

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

  /**
   * The caller uses the process until it calls what this returns.
   *
   * @param leave - asks a user that can go on elsewhere to do so, when the process has served for long enough
   */
  use(leave?: () => void): () => void {
    const user = { leave };
    this.#users.add(user);
    // All others were asked already.
    if (this.#isLeaving && leave !== undefined) queueMicrotask(leave);
    return () => {
      if (this.#users.delete(user) && this.#users.size === 0) this.#onUnused?.();
    };
  }

  /** Calls and streams that it serves at the moment. */
  get users(): number {
    return this.#users.size;
  }

  /** Its users were asked to go on elsewhere, and it ends. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Ends the process and its group at once. */
  kill(reason: Error): void {
    this.#reason ??= reason;
    this.remote.fail(new StorageError('UNAVAILABLE', reason.message, { cause: reason }));
    signalGroup(this.pid, 'SIGKILL');
  }

  /**
   * Ends the process in the orderly way: when nobody uses it any more, or when `waitMs` are over and those have left who can. Called
   * again with 0, at once.
   */
  async stop(waitMs = 0): Promise<void> {
    if (waitMs === 0) this.#hurried.resolve(undefined);
    await (this.#stopped ??= this.#stop(waitMs));
  }

  async #stop(waitMs: number): Promise<void> {
    const { timings } = this.#parts;
    if (waitMs > 0 && !(await this.#unusedWithin(waitMs))) {
      this.#isLeaving = true;
      for (const { leave } of this.#users) leave?.();
      await this.#unusedWithin(timings.leaveMs);
    }
    this.#isLeaving = true;
    this.#isStopping = true;
    await stopProcess({ pid: this.pid, exited: this.#exited }, this.remote, timings);
    await this.ended;
  }

  /** Whether it came to that; those in a hurry do not wait for it. */
  async #unusedWithin(ms: number): Promise<boolean> {
    if (this.#users.size === 0) return true;
    const unused = new Promise<void>((resolve) => {
      this.#onUnused = resolve;
    });
    await settlesWithin(Promise.race([unused, this.#hurried.promise, this.ended]), ms);
    return this.#users.size === 0;
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
