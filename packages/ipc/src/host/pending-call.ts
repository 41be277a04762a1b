import type { StorageError } from '@outrigger/driver';
import type { Method } from '../protocol/method.js';

/**
 * A request that waits for its answer. The idle clock runs only while the host waits for the driver: a stream that a
 * slow client holds up is not the driver's silence.
 */
export interface PendingCall {
  readonly method: Method;
  readonly path: string;
  readonly startedAt: number;
  /** When the host began to wait for the next sign of work, in ms of performance.now(); undefined while the driver waits for the host. */
  waitingSince: number | undefined;
  readonly reject: (error: StorageError) => void;
}

/** The call whose driver has been silent for longest, measured against what its method allows. */
export interface StalledCall {
  readonly method: string;
  readonly path: string;
  readonly silentMs: number;
  readonly idleTimeoutMs: number;
}

export function longestSilence(
  calls: Iterable<PendingCall>,
  lastActivity: number,
  now: number,
): StalledCall | undefined {
  let worst: StalledCall | undefined;
  for (const { method, path, waitingSince } of calls) {
    // A ping has its own deadline, and must not hide the call that it was sent for.
    if (waitingSince === undefined || method.name === 'ping') continue;
    const silentMs = now - Math.max(waitingSince, lastActivity);
    const { name, idleTimeoutMs } = method;
    if (worst !== undefined && silentMs - idleTimeoutMs <= worst.silentMs - worst.idleTimeoutMs) continue;
    worst = { method: name, path, silentMs, idleTimeoutMs };
  }
  return worst;
}
