import type { ServerResponse } from 'node:http';

/** How many bytes a client has to send in a second, on average. Node's own `requestTimeout` is off: it ends slow but active uploads. */
const MIN_RATE = 1024;

/**
 * Watches how fast a body comes. A sender of less than 1 KiB/s is cut off. Only the time that is spent waiting for it counts: that
 * the store is slow is not its fault. Without this a connection that has died quietly would keep its upload locked for ever.
 */
export interface Pace {
  /** The next bytes are waited for. */
  waits(): void;
  /** So many bytes have come, and nothing is waited for. */
  arrived(bytes: number): void;
  end(): void;
}

const CHECKS = 6;

/**
 * @param patienceMs - over which the rate is measured
 * @param cut - ends the body with an error
 */
export function createPace(patienceMs: number, cut: () => void): Pace {
  const enough = (patienceMs / 1000) * MIN_RATE;
  let received = 0;
  let waited = 0;
  let waitsSince: number | undefined;
  const stopWaiting = (): void => {
    if (waitsSince !== undefined) waited += performance.now() - waitsSince;
    waitsSince = undefined;
  };
  const check = (): void => {
    const waits = waitsSince !== undefined;
    stopWaiting();
    if (waits) waitsSince = performance.now();
    if (received >= enough) received = waited = 0;
    else if (waited >= patienceMs) cut();
  };
  const timer = setInterval(check, patienceMs / CHECKS);
  return {
    waits() {
      waitsSince = performance.now();
    },
    arrived(bytes) {
      stopWaiting();
      received += bytes;
    },
    end() {
      clearInterval(timer);
    },
  };
}

/** A body as it comes, watched by a {@link Pace}; `cut` makes `chunks` reject. */
export async function* pacedBody(
  chunks: AsyncIterable<Uint8Array>,
  patienceMs: number,
  cut: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pace = createPace(patienceMs, cut);
  try {
    pace.waits();
    for await (const chunk of chunks) {
      pace.arrived(chunk.length);
      yield chunk;
      pace.waits();
    }
  } finally {
    pace.end();
  }
}

/** Cuts a client off that takes nothing of its answer for so long. Nothing to take, because the store is slow, is no fault of it. */
export function cutIfStuck(res: ServerResponse, patienceMs: number): void {
  res.setTimeout(patienceMs, () => {
    if (res.writableLength > 0) res.destroy();
  });
}
