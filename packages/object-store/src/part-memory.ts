import { createRegulator } from '@outrigger/driver';

/**
 * Bounds the memory of all writers of a driver: at most `limit` parts are on their way, and twice as many buffers are there, but one for
 * each writer whatever the others have. Buffers are used again, so that uploads leave no garbage behind.
 */
export interface PartMemory {
  /** A writer begins. */
  enter(): PartLoans;
}

/** What one writer has of the memory. */
export interface PartLoans {
  /** Whether there is a buffer for those that have one already. */
  readonly hasRoom: boolean;
  /** Resolves when there is room for the part, with what settles as `send` does. */
  start<T>(send: () => Promise<T>, signal: AbortSignal): Promise<{ readonly done: Promise<T> }>;
  /** Lends a buffer: one that was given back, of this size, or an empty one that may grow to it. */
  take(size: number): Uint8Array;
  /** Takes a buffer back that nobody reads from any more. */
  give(memory: Uint8Array): void;
  /** The writer has ended: what it has left is not used again, since it may still be read from. May be repeated. */
  leave(): void;
}

/** Uploads follow each other: what the next one needs is not given back to the system between them. */
const IDLE_MS = 10_000;

/** @param limit - parts that are on their way at a time */
export function createPartMemory(limit: number): PartMemory {
  const regulator = createRegulator(limit);
  const most = 2 * limit;
  const writers = new Set<PartLoans>();
  let free: Uint8Array[] = [];
  let lent = 0;
  let idle: NodeJS.Timeout | undefined;

  const createLoans = (): PartLoans => {
    let own = 0;
    let partSize = 0;
    const loans: PartLoans = {
      get hasRoom() {
        return lent < most;
      },
      start: (send, signal) =>
        new Promise((resolve, reject) => {
          const run = async () => {
            const done = send();
            resolve({ done });
            await done.catch(() => undefined); // whoever has `done` hears of it
          };
          regulator.run(run, signal).catch(reject);
        }),
      take(size) {
        own++;
        lent++;
        partSize = size;
        const index = free.findIndex((memory) => memory.length === size);
        return free.splice(index, index === -1 ? 0 : 1)[0] ?? new Uint8Array(0);
      },
      give(memory) {
        // Behind its end a writer has nothing to give.
        if (!writers.has(loans)) return;
        own--;
        lent--;
        // One that has not grown to a part fits no other: it would only take the room.
        if (memory.length === partSize && free.length < most) free.push(memory);
      },
      leave() {
        if (!writers.delete(loans)) return;
        lent -= own;
        if (writers.size === 0) idle = setTimeout(() => (free = []), IDLE_MS).unref();
      },
    };
    return loans;
  };
  return {
    enter() {
      clearTimeout(idle);
      const loans = createLoans();
      writers.add(loans);
      return loans;
    },
  };
}
