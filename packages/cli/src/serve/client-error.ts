import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** How much of what follows a broken request is taken and dropped, so that the client gets to read the answer. */
const DROPPED_BYTES = 1024 * 1024;
const DROPPED_MS = 2000;

/** Answers what the parser of HTTP/1 refuses: in the form of every other error, with the end of the connection behind it. */
export function answerClientError(error: Error, socket: Duplex): void {
  if (answered.has(socket)) return;
  answered.add(socket);
  if (!socket.writable || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  socket.end(rawAnswer(statusOf(error)));
  dropRest(socket);
}

/** A whole answer with an error, for a connection that ends with it. */
export function rawAnswer(status: number): string {
  const { code, message } = ERRORS[status] ?? { code: 'UNSUPPORTED', message: 'not a valid HTTP request' };
  const body = JSON.stringify({ errors: [{ code, message }] });
  return [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${String(body.length)}`,
    'Connection: close',
    ...(status === 503 ? ['Retry-After: 1'] : []),
    '',
    body,
  ].join('\r\n');
}

const ERRORS: Readonly<Record<number, { code: string; message: string }>> = {
  408: { code: 'UNSUPPORTED', message: 'the head of the request did not come in time' },
  413: { code: 'SIZE_INVALID', message: 'the extensions of a chunk are too large' },
  503: { code: 'TOOMANYREQUESTS', message: 'too many connections at the moment' },
  431: { code: 'UNSUPPORTED', message: 'a request has at most 100 headers and 16 KiB of them' },
};

const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  TOO_MANY_CONNECTIONS: 503,
};

/** The parser meets what follows, and complains again. */
const answered = new WeakSet<Duplex>();

function statusOf(error: Error): number {
  return ('code' in error && typeof error.code === 'string' ? STATUSES[error.code] : undefined) ?? 400;
}

/** An answer is under way: bytes of another one would become part of it. Node keeps it there. */
function isAnswering(socket: Duplex): boolean {
  return '_httpMessage' in socket && socket._httpMessage !== null && socket._httpMessage !== undefined;
}

function dropRest(socket: Duplex): void {
  let left = DROPPED_BYTES;
  const timer = setTimeout(() => socket.destroy(), DROPPED_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) socket.destroy();
  });
  socket.resume();
}
