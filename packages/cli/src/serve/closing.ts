import type { Logger } from '@outrigger/registry';

/** What was opened and has to be given back. */
export interface Closing {
  /** From now on {@link Closing.close} calls it, before what was added earlier. */
  add(name: string, close: () => Promise<void> | void): void;
  /** Gives everything back, the last one first. One that fails is logged and keeps none of the others open. */
  close(): Promise<void>;
}

export function createClosing(log: Logger): Closing {
  const open: [string, () => Promise<void> | void][] = [];
  return {
    add: (name, close) => void open.push([name, close]),
    async close() {
      for (let last = open.pop(); last !== undefined; last = open.pop()) {
        const [name, close] = last;
        try {
          await close();
        } catch (error) {
          log.error({ err: error, part: name }, 'could not be closed');
        }
      }
    },
  };
}
