import { createRegulator } from '@outrigger/driver';

/**
 * Bounds the memory of all writers of a driver: beside the buffer that each of them fills, at most `limit` buffers hold parts
 * that are on their way. Buffers are used again, so that a long upload does not leave one piece of garbage a part.
 */
export interface PartMemory {
  /** A writer begins; the buffers are given back to the system when the last one has ended. */
  enter(): void;
  leave(): void;
  /** Resolves when there is room for the part, with what settles as `send` does. */
  start<T>(send: () => Promise<T>, signal: AbortSignal): Promise<{ readonly done: Promise<T> }>;
  /** A buffer of an earlier part, where one is left. */
  take(size: number): Uint8Array | undefined;
  /** Gives a buffer back that nobody reads from any more. */
  give(memory: Uint8Array): void;
}

/** @param limit - parts that are on their way at a time */
export function createPartMemory(limit: number): PartMemory {
  const regulator = createRegulator(limit);
  let free: Uint8Array[] = [];
  let writers = 0;
  return {
    enter() {
      writers++;
    },
    leave() {
      writers--;
      if (writers === 0) free = [];
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
      const index = free.findIndex((memory) => memory.length === size);
      return index === -1 ? undefined : free.splice(index, 1)[0];
    },
    give(memory) {
      if (writers > 0 && free.length < limit) free.push(memory);
    },
  };
}
