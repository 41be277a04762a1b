/** Whether some processes have a store for themselves. */
export interface Solitude {
  /** Whether nobody else has changed the store since `epoch` began. Never waits; looks again by itself when it is used. */
  isAlone(): boolean;
  /** As `isAlone`, after a look at the store where the last one is too old. For what costs more than a look. */
  findAlone(): Promise<boolean>;
  /** Counts the times of being alone: what was learnt in another epoch may be wrong. */
  readonly epoch: number;
}

/**
 * Whether this process is the only registry on its store. While it is, what it knows of the store stays true until it
 * changes it itself, and need not be asked again for every request.
 *
 * Each registry has a file in the store for as long as it runs, and rings the bell of the store when it comes (bell.ts). One that finds
 * another's file then changes nothing for a while (store-presence.ts), which is longer than a look of the others counts: whoever has looked
 * and found nobody is alone until then, since who came after the look has not written yet. No clocks of two machines are compared.
 * Distribution does none of this: the two share a store in turn, not at once.
 */
export interface Presence extends Solitude {
  /** The name of this process' file in the store; undefined where it has none. */
  readonly id: string | undefined;
  /**
   * Whether the processes of its family have the store for themselves, see family.ts; the same as this where there is none.
   * What one of them knows then stays true until one of them changes it.
   */
  readonly family: Solitude;
  /**
   * Resolves when this process may change the store; undefined when it may. One that could not show itself for long may
   * be dead to the others: it joins again, and rejects with a StorageError where it cannot.
   */
  readonly joining: Promise<void> | undefined;
  /** The others on the store but those of its family, as far as is known; for the log and for status. */
  readonly others: number;
  close(): Promise<void>;
}

const NEVER: Solitude = {
  isAlone: () => false,
  findAlone: () => Promise.resolve(false),
  epoch: 0,
};
const ALWAYS: Solitude = { ...NEVER, isAlone: () => true, findAlone: () => Promise.resolve(true) };
const NO_FILE = { id: undefined, joining: undefined, others: 0, close: () => Promise.resolve() };

/** One that never is sure: everything is asked of the store. */
export const UNCERTAIN: Presence = { ...NO_FILE, ...NEVER, family: NEVER };

/** One that needs no looking: the store lies in this process. */
export const ALWAYS_ALONE: Presence = { ...NO_FILE, ...ALWAYS, family: ALWAYS };
