import type { GarbageKey } from './keys.js';
import type { Gate } from './gate.js';

/**
 * Runs a look-up whose success is an acknowledgement: what it finds lives on for the grace period at least. What it does
 * not find needs no protection. Without a gate it costs nothing.
 *
 * @param keysOf - what the result promises
 */
export async function acknowledgeFound<T>(
  gate: Gate | undefined,
  look: () => Promise<T>,
  keysOf: (found: T) => readonly GarbageKey[],
): Promise<T> {
  if (gate === undefined) return look();
  for (;;) {
    const { version } = gate;
    const found = await look();
    const keys = keysOf(found);
    if (gate.permits(version, keys)) return found;
    await gate.admit(keys);
  }
}

/**
 * Runs a change whose success is an acknowledgement. It starts when nothing that it relies on, or puts in its place, is being
 * deleted. When the garbage collection has gone on meanwhile it is repeated.
 *
 * @param act - told whether it is the first time; a repetition may be content with finding everything in place
 */
export async function acknowledgeDone<T>(
  gate: Gate | undefined,
  keys: readonly GarbageKey[],
  act: (isFirst: boolean) => Promise<T>,
): Promise<T> {
  if (gate === undefined) return act(true);
  for (let isFirst = true; ; isFirst = false) {
    await gate.admit(keys);
    const { version } = gate;
    const done = await act(isFirst);
    if (gate.permits(version, keys)) return done;
  }
}
