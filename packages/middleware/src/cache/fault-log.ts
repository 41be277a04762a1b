import type { MiddlewareLogger } from '../driver-middleware.js';

const QUIET_MS = 60_000;

/** One line a minute of each kind: a disk that fails does so for every blob. */
export function createFaultLog(
  log: MiddlewareLogger,
  directory: string,
): (what: 'fill' | 'entry', error: unknown) => void {
  const last = new Map<string, number>();
  return (what, error) => {
    const now = performance.now();
    if (now - (last.get(what) ?? -Infinity) < QUIET_MS) return;
    last.set(what, now);
    const message =
      what === 'fill'
        ? 'the cache cannot be written to: what is pulled is not cached'
        : 'a file of the cache was not what it should be, and was removed: the store has served in its place';
    log.warn({ directory, err: error }, message);
  };
}
