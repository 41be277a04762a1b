import { readFileSync } from 'node:fs';
import type { RemoteDriver } from '@outrigger/ipc/host';
import type { Timings } from './timings.js';

interface Watched {
  readonly pid: number;
  readonly remote: RemoteDriver;
}

/**
 * Pings a driver that is silent, and gives it up only after an unanswered ping **and** a silence beyond what its operation
 * allows: a driver that is busy in one thread is not dead. One that is stopped (SIGSTOP) or owes no answer to
 * anything else has no such excuse.
 *
 * @returns ends the watch
 */
export function watchLiveness(
  { pid, remote }: Watched,
  { silenceMs, idleMs, pingMs, checkMs }: Timings,
  giveUp: (reason: Error) => void,
): () => void {
  let pingedAt: number | undefined;
  let heardAt = performance.now();
  let lookedAt = heardAt;

  const sendPing = (now: number) => {
    pingedAt = now;
    remote.ping().then(
      () => {
        pingedAt = undefined;
        heardAt = performance.now();
      },
      () => undefined, // the connection is over, and so is this watch
    );
  };
  const look = () => {
    const now = performance.now();
    // A host that was held up itself has not listened: the driver's time starts anew.
    const wasHeldUp = now - lookedAt > checkMs + pingMs / 2;
    lookedAt = now;
    if (wasHeldUp && pingedAt !== undefined) pingedAt = now;
    const stalled = remote.stalled();
    if (pingedAt === undefined) {
      const silent = stalled === undefined ? now - heardAt >= idleMs : stalled.silentMs >= silenceMs;
      if (silent) sendPing(now);
      return;
    }
    if (now - pingedAt < pingMs) return;
    if (stalled === undefined) {
      // One that was busy until just now comes to the ping next.
      if (remote.silentMs() >= pingMs) giveUp(new Error(`no answer to a ping within ${String(pingMs)} ms`));
    } else if (stalled.silentMs >= Math.min(stalled.idleTimeoutMs, isStopped(pid) ? 0 : Infinity)) {
      giveUp(
        new Error(
          `no sign of life for ${String(Math.round(stalled.silentMs))} ms during ${stalled.method}, and no answer to a ping`,
        ),
      );
    }
  };
  const timer = setInterval(look, checkMs).unref();
  return () => {
    clearInterval(timer);
  };
}

/** Whether the system says that a signal stopped the process. Linux only; elsewhere the idle limit decides. */
function isStopped(pid: number): boolean {
  try {
    // proc(5): `pid (name) state ...`; the name may have any character.
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'T';
  } catch {
    return false;
  }
}
