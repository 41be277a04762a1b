import type { Socket } from 'node:net';

/** The first bytes of HTTP/2 without TLS (RFC 9113, 3.4). No method of HTTP/1 begins so. */
const PREFACE = Buffer.from('PRI');

/**
 * Finds out which HTTP a connection speaks that does not say it beforehand. A client that sends nothing is cut off.
 *
 * @param decide - called with all bytes still to be read from the connection
 */
export function detectHttp2(socket: Socket, timeoutMs: number, decide: (isHttp2: boolean) => void): void {
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const finish = () => {
    clearTimeout(timer);
    socket.off('data', take).off('close', finish).off('error', ignore);
  };
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    const start = Buffer.concat(chunks);
    const isLike = start.subarray(0, PREFACE.length).equals(PREFACE.subarray(0, start.length));
    if (isLike && start.length < PREFACE.length) return;
    finish();
    socket.pause();
    socket.unshift(start);
    decide(isLike);
  };
  socket.on('data', take).on('close', finish).on('error', ignore);
}

function ignore(): void {
  // The end follows.
}
