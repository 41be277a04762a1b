import type { Worker } from 'node:cluster';
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@outrigger/registry';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import type { ReloadRequest } from '../serve/driver-reload.js';
import type { Member } from './claim-desk.js';
import { TICK_MS, createClaimDesk } from './claim-desk.js';
import { endGroups } from './end-groups.js';
import { channelEnd, closeLostConnections } from './lost-connections.js';
import type { Answers, Question, Start, ToPrimary, ToWorker } from './messages.js';

export interface PoolOptions {
  readonly count: number;
  /** For every worker, but its number and what is known only when it starts. */
  readonly start: Omit<Start, 'number' | 'held' | 'search'>;
  readonly log: Logger;
  /** The address is a socket of systemd. */
  readonly isInherited: boolean;
}

/** An answer of a worker, or nothing where it was gone or did not answer. */
export type Answered<Q extends Question> = readonly { readonly number: number; readonly value: Answers[Q] }[];

export interface Reloaded {
  readonly answers: Answered<'reload'>;
  readonly failures: string[];
}

/** The workers: each is started again when it ends by itself. */
export interface WorkerPool {
  /**
   * Starts them. Resolves when all of them serve, with the address as clients write it.
   *
   * @throws CommandError the reason of the first one that does not
   */
  open(): Promise<string>;
  /** Rejects when they cannot go on. */
  readonly lost: Promise<never>;
  /** How many serve at this moment. */
  readonly serving: number;
  /** Workers that took the place of another. */
  readonly restarts: number;
  ask<Q extends Question>(question: Q): Promise<Answered<Q>>;
  /** Reloads the driver of one worker after the other, also of those that start at the moment. Those that could not say why. */
  reload(request: ReloadRequest): Promise<Reloaded>;
  /** Told of the number of a worker that has ended. */
  onEnd: (number: number) => void;
  signal(name: NodeJS.Signals): void;
  /** Ends what clients have, in order. */
  drain(): Promise<void>;
  /** Ends them all, with their drivers. Idempotent. */
  close(): Promise<void>;
}

const WORKER = fileURLToPath(new URL('main.js', import.meta.url));
const ASK_MS = 5_000;
/** Longer than the host waits for a driver that is described, starts, and says a first word. */
const RELOAD_MS = 60_000;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;
/** One that has served for so long did not fail at its start. */
const STEADY_MS = 10_000;
/** What is left to do after the last client: the driver has its own deadlines. */
const CLOSE_MS = 20_000;

interface Slot {
  readonly number: number;
  running: Running | undefined;
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

interface Running {
  readonly worker: Worker;
  readonly send: (message: ToWorker) => void;
  readonly member: Member;
  readonly drivers: Set<number>;
  readonly serving: PromiseWithResolvers<string>;
  readonly drained: PromiseWithResolvers<undefined>;
  /** The process is gone, and its last words were heard. */
  readonly ending: Promise<void>;
  /** So is its driver. */
  readonly ended: PromiseWithResolvers<undefined>;
  readonly answers: Map<number, PromiseWithResolvers<unknown>>;
  servingSince: number | undefined;
  failure: { readonly exitCode: number; readonly message: string } | undefined;
}

async function ended(running: Running): Promise<never> {
  await running.ended.promise;
  throw new Error('it has ended');
}

export function createWorkerPool({ count, start, log, isInherited }: PoolOptions): WorkerPool {
  const desk = createClaimDesk();
  const slots = Array.from({ length: count }, (_, index): Slot => {
    return { number: index + 1, running: undefined, failures: 0, timer: undefined };
  });
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  const ticking = setInterval(() => desk.tick(serving().map(({ member }) => member)), TICK_MS).unref();
  let isOpen = false;
  let isEnding = false;
  let restarts = 0;
  let questions = 0;
  let search: Start['search'];

  const alive = (): Running[] => slots.flatMap(({ running }) => running ?? []);
  const serving = (): Running[] => alive().filter(({ servingSince }) => servingSince !== undefined);

  const launch = (slot: Slot): Running => {
    const worker = cluster.fork({ NOTIFY_SOCKET: '' });
    closeLostConnections(worker.process);
    const send = (message: ToWorker): void => {
      // What cannot be sent is for one that has ended.
      if (worker.isConnected()) worker.process.send(message, undefined, undefined, () => undefined);
    };
    const member: Member = {
      send: (keys) => send({ type: 'keys', ...keys }),
      kill: () => {
        log.error({ worker: slot.number, pid: worker.process.pid }, 'a worker does not answer: it is ended');
        worker.process.kill('SIGKILL');
      },
    };
    const running: Running = {
      worker,
      send,
      member,
      drivers: new Set(),
      serving: Promise.withResolvers(),
      drained: Promise.withResolvers(),
      ending: channelEnd(worker.process),
      ended: Promise.withResolvers(),
      answers: new Map(),
      servingSince: undefined,
      failure: undefined,
    };
    slot.running = running;
    running.serving.promise.catch(() => undefined);
    worker.on('message', (message: ToPrimary) => receive(slot, running, message));
    worker.process.once('error', (error) =>
      log.error({ worker: slot.number, err: error }, 'a worker failed'),
    );
    worker.once('exit', (code: number | null, signal: string | null) => {
      void onExit(slot, running, signal ?? `status ${String(code)}`);
    });
    return running;
  };

  const receive = (slot: Slot, running: Running, message: ToPrimary): void => {
    switch (message.type) {
      case 'hello':
        running.send({
          type: 'start',
          ...start,
          search,
          number: slot.number,
          held: desk.join(running.member),
        });
        return;
      case 'keys':
        desk.receive(running.member, message);
        return;
      case 'serving':
        running.servingSince = performance.now();
        running.serving.resolve(message.address);
        return;
      case 'driver':
        if (message.isRunning) running.drivers.add(message.pid);
        else running.drivers.delete(message.pid);
        return;
      case 'failed':
        running.failure = message;
        return;
      case 'drained':
        running.drained.resolve(undefined);
        return;
      case 'answer': {
        const waiting = running.answers.get(message.id);
        if (message.error === undefined) waiting?.resolve(message.value);
        else waiting?.reject(new Error(message.error));
      }
    }
  };

  const onExit = async (slot: Slot, running: Running, how: string): Promise<void> => {
    const { number } = slot;
    const { worker, servingSince } = running;
    running.servingSince = undefined;
    desk.leave(running.member);
    await running.ending;
    const { message = `it ended with ${how}`, exitCode = EXIT.software } = running.failure ?? {};
    for (const { reject } of running.answers.values()) reject(new Error(message));
    if (!isEnding && isOpen) {
      log.error({ worker: number, pid: worker.process.pid, reason: message }, 'a worker has ended');
      pool.onEnd(number);
    }
    // It may still be at the store with what the worker has begun.
    await endGroups(running.drivers);
    desk.bury(running.member);
    slot.running = undefined;
    const text = running.failure === undefined ? `worker ${String(number)}: ${message}` : message;
    running.serving.reject(new CommandError(text, exitCode as ExitCode));
    running.drained.resolve(undefined);
    running.ended.resolve(undefined);
    if (!isOpen || isEnding) return;
    // Node closes what it listens on for them with the last one: a socket of systemd cannot be opened again.
    if (isInherited && alive().length === 0)
      lost.reject(new CommandError('all workers have ended', EXIT.software));
    again(slot, servingSince);
  };

  const again = (slot: Slot, servingSince = Infinity): void => {
    slot.failures = performance.now() - servingSince >= STEADY_MS ? 0 : slot.failures + 1;
    const delay = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** slot.failures);
    slot.timer = setTimeout(() => {
      restarts++;
      const { serving: served, worker } = launch(slot);
      const fields = { worker: slot.number, pid: worker.process.pid };
      served.promise.then(
        () => log.warn(fields, 'a worker was started again'),
        () => undefined,
      );
    }, delay);
  };

  const askOne = async <Q extends Question>(
    running: Running,
    asked: { readonly question: Q; readonly reload?: ReloadRequest },
    timeoutMs = ASK_MS,
  ): Promise<Answers[Q]> => {
    const id = ++questions;
    const answer = Promise.withResolvers<unknown>();
    running.answers.set(id, answer);
    const timer = setTimeout(() => answer.reject(new Error('no answer in time')), timeoutMs);
    running.send({ type: 'ask', id, ...asked });
    try {
      // The worker is of the same version.
      return (await Promise.race([answer.promise, ended(running)])) as Answers[Q];
    } finally {
      clearTimeout(timer);
      running.answers.delete(id);
    }
  };
  const answerOf = async <Q extends Question>(slot: Slot, question: Q): Promise<Answered<Q>> => {
    const { number, running } = slot;
    if (running?.servingSince === undefined) return [];
    try {
      return [{ number, value: await askOne(running, { question }) }];
    } catch (error) {
      log.warn({ worker: number, question, err: error }, 'a worker could not say what it was asked');
      return [];
    }
  };

  const pool: WorkerPool = {
    onEnd: () => undefined,
    lost: lost.promise,
    get serving() {
      return serving().length;
    },
    get restarts() {
      return restarts;
    },
    async open() {
      cluster.schedulingPolicy = cluster.SCHED_RR;
      cluster.setupPrimary({ exec: WORKER, args: [] });
      const [first, ...others] = slots;
      // What is wrong for one is wrong for all: it is said once.
      const address = first === undefined ? '' : await launch(first).serving.promise;
      await Promise.all(others.map((slot) => launch(slot).serving.promise));
      isOpen = true;
      // One that has served already may be gone again.
      for (const slot of slots) if (slot.running === undefined) again(slot);
      return address;
    },
    async ask(question) {
      return (await Promise.all(slots.map((slot) => answerOf(slot, question)))).flat();
    },
    async reload(request) {
      // Also for those that are started again: what the first one was held to may be gone.
      ({ search } = request);
      const answers: Answered<'reload'>[number][] = [];
      const failures: string[] = [];
      for (const slot of slots) {
        const { number, running } = slot;
        // One that is to be started takes what is there.
        if (running === undefined) continue;
        const isServing = running.servingSince !== undefined;
        // One that is starting may have found its driver before or after this one came.
        const asked = isServing ? request : { ...request, onlyIfChanged: true };
        try {
          const value = await askOne(running, { question: 'reload', reload: asked }, RELOAD_MS);
          answers.push({ number, value });
        } catch (error) {
          if (!isServing && slot.running !== running) continue;
          failures.push(
            `worker ${String(number)}: ${error instanceof Error ? error.message : 'unknown reason'}`,
          );
        }
      }
      return { answers, failures };
    },
    signal(name) {
      for (const { worker } of serving()) worker.process.kill(name);
    },
    async drain() {
      isEnding = true;
      for (const { timer } of slots) clearTimeout(timer);
      for (const { send } of alive()) send({ type: 'drain' });
      await Promise.all(alive().map(({ drained }) => drained.promise));
    },
    async close() {
      isEnding = true;
      for (const { timer } of slots) clearTimeout(timer);
      const running = alive();
      for (const { send } of running) send({ type: 'close' });
      const timer = setTimeout(() => {
        for (const { worker } of alive()) worker.process.kill('SIGKILL');
      }, CLOSE_MS);
      await Promise.all(running.map(({ ended }) => ended.promise));
      clearTimeout(timer);
      clearInterval(ticking);
    },
  };
  return pool;
}
