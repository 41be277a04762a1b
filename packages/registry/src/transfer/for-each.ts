/**
 * Does something for each of many, some at a time: no more of the list than that is in memory. The first failure ends it; what was begun
 * is waited for.
 */
export async function forEach<T>(
  items: AsyncIterable<T>,
  parallel: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const begin = (item: T): void => {
    const task = act(item)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(task));
    running.add(task);
  };
  try {
    for await (const item of items) {
      begin(item);
      if (running.size >= parallel) await Promise.race(running);
      if (failure !== undefined) break;
    }
  } finally {
    await Promise.all(running);
  }
  if (failure !== undefined) throw failure.error;
}
