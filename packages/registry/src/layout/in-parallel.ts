import { createRegulator } from '@outrigger/driver';

const PARALLEL_READS = 32;

/** Reads something for each item, some at a time. */
export async function inParallel<T, R>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  read: (item: T) => Promise<R>,
): Promise<R[]> {
  const regulator = createRegulator(PARALLEL_READS);
  return Promise.all(items.map((item) => regulator.run(() => read(item), signal)));
}
