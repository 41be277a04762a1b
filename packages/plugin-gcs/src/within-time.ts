/**
 * Runs a task that has to be done in time, or when the signal is aborted given up at once: it is told so by its own signal, and
 * not waited for.
 */
export async function withinTime<T>(
  ms: number,
  signal: AbortSignal | undefined,
  task: (bounded: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const bounded = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const leave = () => {
    reject(bounded.reason instanceof Error ? bounded.reason : new DOMException('aborted', 'AbortError'));
  };
  if (bounded.aborted) leave();
  bounded.addEventListener('abort', leave, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new DOMException('no answer in time', 'TimeoutError'));
  }, ms);
  try {
    return await Promise.race([task(bounded), ended]);
  } finally {
    clearTimeout(timer);
    bounded.removeEventListener('abort', leave);
  }
}
