import type { Socket } from 'node:net';

/** The first bytes of HTTP/2 without TLS (RFC 9113, 3.4). No method of HTTP/1 begins so. */
const PREFACE = Buffer.from('PRI');

/**
 * Finds out which HTTP a connection speaks that does not say it beforehand. A client that sends nothing is cut off.
 *
 * @param decide - called with all bytes still to be read from the connection
 */
export function detectHttp2(socket: Socket, timeoutMs: number, decide: (isHttp2: boolean) => void): void {
  const judge = (start: Buffer) => {
    const isLike = start.subarray(0, PREFACE.length).equals(PREFACE.subarray(0, start.length));
    return isLike && start.length < PREFACE.length ? undefined : isLike;
  };
  readFirstBytes(socket, timeoutMs, judge, decide);
}

/**
 * Looks at the begin of what a client sends.
 *
 * @param judge - called with all bytes so far whenever there are more; undefined: these are not enough
 * @param decide - called with all bytes still to be read from the connection; never for one that ends or is silent before
 */
export function readFirstBytes<T>(
  socket: Socket,
  timeoutMs: number,
  judge: (start: Buffer) => T | undefined,
  decide: (verdict: T) => void,
): void {
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const finish = () => {
    clearTimeout(timer);
    socket.off('data', take).off('close', finish).off('error', ignore);
  };
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    const start = Buffer.concat(chunks);
    const verdict = judge(start);
    if (verdict === undefined) return;
    finish();
    socket.pause();
    socket.unshift(start);
    decide(verdict);
  };
  socket.on('data', take).on('close', finish).on('error', ignore);
}

function ignore(): void {
  // The end follows.
}
