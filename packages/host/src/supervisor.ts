import { StorageError, cancelled } from '@outrigger/driver';
import type { Clock } from './backoff.js';
import { Backoff } from './backoff.js';
import type { DriverProcess } from './driver-process.js';
import type { Logger } from './logger.js';
import type { Lease } from './retry.js';
import type { Timings } from './timings.js';

/**
 * - `starting`: the process is not ready yet; calls wait
 * - `ready`
 * - `backoff`: the process ended, and a new one comes soon; calls wait
 * - `open`: it failed several times in a row; calls fail at once, attempts go on
 * - `stopped`: closed, for good
 */
export type DriverState = 'starting' | 'ready' | 'backoff' | 'open' | 'stopped';

export interface SupervisorOptions {
  readonly driver: string;
  readonly start: (signal: AbortSignal) => Promise<DriverProcess>;
  readonly timings: Timings;
  readonly log: Logger;
  readonly clock?: Clock | undefined;
}

/** Given the process that runs, if one does. Answers undefined when that is to stay. */
type StartSuccessor = (
  signal: AbortSignal,
  running: DriverProcess | undefined,
) => Promise<DriverProcess | undefined>;

/** Keeps one process of a driver running. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  readonly #retiring = new Map<DriverProcess, Promise<void>>();
  readonly #waiters = new Set<() => void>();
  #state: DriverState = 'starting';
  #newest: DriverProcess | undefined;
  #starting: Promise<unknown> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastError: Error | undefined;
  #restarts = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#backoff = new Backoff(
      options.timings,
      options.clock ?? { now: () => performance.now(), random: Math.random },
    );
  }

  get state(): DriverState {
    return this.#state;
  }

  /** The process that serves calls at the moment. */
  get current(): DriverProcess | undefined {
    return this.#newest?.isLost === false ? this.#newest : undefined;
  }

  /** The last one that served calls, whatever has become of it. */
  get newest(): DriverProcess | undefined {
    return this.#newest;
  }

  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** Processes that took the place of another. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Processes that were replaced and still serve what they have begun, the first one first. */
  get draining(): readonly DriverProcess[] {
    return [...this.#retiring.keys()];
  }

  /**
   * Starts the first process.
   *
   * @throws what `start` throws: a driver that does not start in the first place is an error of the configuration
   */
  async open(): Promise<void> {
    this.#backoff.started();
    this.#adopt(await this.#options.start(this.#closing.signal));
  }

  /**
   * A process that is ready, at once or soon.
   *
   * @throws StorageError UNAVAILABLE: at once while the breaker is open, or when none is ready in time; CANCELLED
   */
  async acquire(path: string, signal?: AbortSignal): Promise<Lease> {
    const deadline = performance.now() + this.#options.timings.waitMs;
    for (;;) {
      if (signal?.aborted === true) throw cancelled(path, signal.reason);
      const { current } = this;
      // Taken here and now: a process that nobody uses may be asked to end.
      if (current !== undefined) return { process: current, release: current.use() };
      if (this.#state === 'open' || this.#state === 'stopped') throw this.#unavailable(path);
      const left = deadline - performance.now();
      if (left <= 0) throw this.#unavailable(path);
      await this.#change(left, signal);
    }
  }

  /**
   * Puts a new process in the place of the running one without losing a call: readers and writers that are open end
   * where they began, or after `replaceMs` go on in the new one.
   *
   * @returns whether there is a new one
   * @throws what `start` throws; the running process then stays. StorageError UNAVAILABLE after `close`
   */
  async replace(start: StartSuccessor): Promise<boolean> {
    while (this.#starting !== undefined) await this.#starting.catch(() => undefined);
    if (this.#isStopped()) throw this.#unavailable('');
    const replaced = this.#replace(start);
    this.#starting = replaced;
    try {
      return await replaced;
    } catch (error) {
      throw this.#isStopped() ? this.#unavailable('') : error;
    } finally {
      this.#starting = undefined;
      if (this.#newest?.isLost === true) this.#schedule();
    }
  }

  /** Ends every process in the orderly way. No call may follow. Idempotent. */
  async close(): Promise<void> {
    this.#set('stopped');
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#starting?.catch(() => undefined);
    const hurried = this.draining.map((process) => process.stop());
    await Promise.all([this.#newest?.stop(), ...hurried, ...this.#retiring.values()]);
  }

  async #replace(start: StartSuccessor): Promise<boolean> {
    const { current } = this;
    const old = this.#newest;
    // Never two processes of one crashed driver at its store.
    if (current === undefined) await old?.ended;
    const next = await start(this.#closing.signal, current);
    if (next === undefined) return false;
    if (this.#isStopped()) {
      this.#retire(next);
      throw this.#unavailable('');
    }
    this.#restarts++;
    this.#adopt(next);
    if (old !== undefined) this.#retire(old);
    return true;
  }

  #adopt(process: DriverProcess): void {
    if (this.#state === 'stopped') {
      this.#retire(process);
      return;
    }
    clearTimeout(this.#timer);
    this.#newest = process;
    this.#set('ready');
    void process.lost.then(() => this.#onLost(process));
  }

  async #onLost(process: DriverProcess): Promise<void> {
    if (this.#newest !== process || this.#state === 'stopped') return;
    if (process.useful) this.#backoff.ended();
    else this.#backoff.failed();
    this.#set(this.#backoff.isOpen ? 'open' : 'backoff');
    // Never two processes of one crashed driver at its store.
    this.#lastError = await process.ended;
    const { driver, log } = this.#options;
    log.error({ driver, pid: process.pid, err: this.#lastError }, this.#lastError.message);
    if (this.#newest === process) this.#schedule();
  }

  #schedule(): void {
    if (this.#isStopped() || this.#starting !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#starting !== undefined) return;
      this.#starting = this.#startAgain().finally(() => {
        this.#starting = undefined;
        if (this.current === undefined) this.#schedule();
      });
    }, this.#backoff.nextDelay());
  }

  async #startAgain(): Promise<void> {
    const { driver, log, start } = this.#options;
    if (!this.#backoff.isOpen) this.#set('starting');
    this.#backoff.started();
    try {
      const process = await start(this.#closing.signal);
      this.#restarts++;
      log.warn({ driver, pid: process.pid, restarts: this.#restarts }, 'a storage driver was started again');
      this.#adopt(process);
    } catch (error) {
      if (this.#isStopped()) return;
      this.#backoff.failed();
      this.#lastError = error instanceof Error ? error : new Error('unknown reason', { cause: error });
      log.error({ driver, err: this.#lastError }, this.#lastError.message);
      this.#set(this.#backoff.isOpen ? 'open' : 'backoff');
    }
  }

  #retire(process: DriverProcess): void {
    const { driver, log, timings } = this.#options;
    const stopped = process.stop(this.#isStopped() ? 0 : timings.replaceMs).then(() => {
      this.#retiring.delete(process);
      log.info({ driver, pid: process.pid }, 'a replaced storage driver has ended');
    });
    this.#retiring.set(process, stopped);
  }

  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #set(state: DriverState): void {
    if (this.#state === 'stopped') return;
    this.#state = state;
    for (const wake of this.#waiters) wake();
  }

  #change(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#waiters.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  #unavailable(path: string): StorageError {
    const { driver } = this.#options;
    const why = this.#state === 'stopped' ? 'the driver was closed' : 'the driver is not running';
    const last = this.#lastError === undefined ? '' : `: ${this.#lastError.message}`;
    return new StorageError('UNAVAILABLE', why + last, {
      driver,
      path,
      retryable: this.#state !== 'stopped',
      cause: this.#lastError,
    });
  }
}
