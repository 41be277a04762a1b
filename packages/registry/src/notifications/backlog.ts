import type { Spool } from './spool.js';

/** An event that is not delivered yet. */
export interface Pending {
  readonly json: string;
  /** When it came, in milliseconds of the monotonic clock. */
  readonly since: number;
  /** Where it lies in the store, if it does. */
  batch?: Batch | undefined;
}

/** Events that lie in one file of the store, until the last of them is delivered or dropped. */
export interface Batch {
  readonly path: string;
  left: number;
}

export interface BacklogLimits {
  /** Events. */
  readonly count: number;
  readonly bytes: number;
}

export interface BacklogOptions {
  readonly limits: BacklogLimits;
  /** Undefined: what is not delivered is lost with the process. */
  readonly spool: Spool | undefined;
  /** How old an event is when it goes to the store. */
  readonly delayMs: number;
  /** Told of each event that had to make room. */
  readonly onDrop: () => void;
  readonly onSpoolError: (error: unknown) => void;
}

/**
 * The events of one endpoint in the order in which they came, within limits: the oldest makes room. Most are
 * delivered within a moment; only those that are not are written to the store as well.
 */
export interface Backlog {
  readonly count: number;
  readonly isSpooled: boolean;
  add(json: string, batch?: Batch): void;
  /** Waits for an event; undefined after {@link stop}. What is taken is not dropped any more. */
  take(): Promise<Pending | undefined>;
  /** What was taken is delivered. */
  finish(pending: Pending): void;
  /** What was taken comes back as the next one. */
  giveBack(pending: Pending): void;
  /** Resolves when there are none. */
  empty(): Promise<void>;
  /** Nothing can be taken any more. */
  stop(): void;
  /** Ends the timers, and writes all that is left to the store. */
  close(): Promise<void>;
}

const BATCH_COUNT = 500;
const BATCH_BYTES = 1024 * 1024;
/** After the store refused a batch. */
const RETRY_MS = 10_000;

export function createBacklog(options: BacklogOptions): Backlog {
  const { limits, spool, delayMs, onDrop, onSpoolError } = options;
  /** In order of their coming: sets keep it. */
  const waiting = new Set<Pending>();
  const unsaved = new Set<Pending>();
  const batches = new Set<Batch>();
  let taken: Pending | undefined;
  let bytes = 0;
  let wake = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();
  let stopped = false;
  let onEmpty: (() => void)[] = [];

  const release = (pending: Pending): void => {
    unsaved.delete(pending);
    const { batch } = pending;
    if (batch === undefined || --batch.left > 0) return;
    batches.delete(batch);
    spool?.remove(batch.path).catch(onSpoolError);
  };
  const makeRoom = (): void => {
    for (const oldest of waiting) {
      if (waiting.size <= limits.count && bytes <= limits.bytes) return;
      waiting.delete(oldest);
      bytes -= oldest.json.length;
      release(oldest);
      onDrop();
    }
  };
  const arm = (ms: number): void => {
    if (spool === undefined || unsaved.size === 0 || stopped) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      writing = writing.then(() => writeOld(spool));
    }, ms).unref();
  };
  /** Writes what has waited long enough, and comes back for the rest. */
  const writeOld = async (to: Spool): Promise<void> => {
    try {
      while (oldest(unsaved, performance.now() - delayMs).length > 0)
        await write(to, oldest(unsaved, performance.now() - delayMs));
      arm(delayMs);
    } catch (error) {
      onSpoolError(error);
      arm(Math.max(delayMs, RETRY_MS));
    }
  };
  const write = async (to: Spool, events: readonly Pending[]): Promise<void> => {
    const path = await to.write(events.map(({ json }) => json));
    const left = events.filter((each) => unsaved.delete(each));
    if (left.length === 0) return to.remove(path);
    const batch = { path, left: left.length };
    batches.add(batch);
    for (const each of left) each.batch = batch;
  };

  return {
    get count() {
      return waiting.size + (taken === undefined ? 0 : 1);
    },
    get isSpooled() {
      return batches.size > 0;
    },
    add(json, batch) {
      const pending: Pending = { json, since: performance.now(), batch };
      waiting.add(pending);
      bytes += json.length;
      if (batch === undefined) unsaved.add(pending);
      else batches.add(batch);
      makeRoom();
      arm(delayMs);
      wake();
    },
    async take() {
      while (waiting.size === 0 && !stopped) await new Promise<void>((resolve) => (wake = resolve));
      if (stopped) return undefined;
      [taken] = waiting;
      if (taken !== undefined) {
        waiting.delete(taken);
        bytes -= taken.json.length;
      }
      return taken;
    },
    finish(pending) {
      taken = undefined;
      release(pending);
      if (waiting.size > 0) return;
      for (const resolve of onEmpty) resolve();
      onEmpty = [];
    },
    async empty() {
      if (waiting.size > 0 || taken !== undefined)
        await new Promise<void>((resolve) => onEmpty.push(resolve));
    },
    giveBack(pending) {
      taken = undefined;
      const others = [...waiting];
      waiting.clear();
      for (const each of [pending, ...others]) waiting.add(each);
      bytes += pending.json.length;
    },
    stop() {
      stopped = true;
      wake();
    },
    async close() {
      clearTimeout(timer);
      await writing;
      clearTimeout(timer);
      if (spool === undefined) return;
      while (unsaved.size > 0) await write(spool, oldest(unsaved, Infinity));
    },
  };
}

/** The first events that came before a time, as many as go in one batch. */
function oldest(events: ReadonlySet<Pending>, before: number): Pending[] {
  const found: Pending[] = [];
  let size = 0;
  for (const each of events) {
    size += each.json.length;
    if (each.since > before || found.length === BATCH_COUNT || (size > BATCH_BYTES && found.length > 0))
      break;
    found.push(each);
  }
  return found;
}
