import { StorageError, alreadyClosed, cancelled } from '@outrigger/driver';
import type { ContentReader } from '@outrigger/driver';
import type { Dialled } from './data-listener.js';
import type { PendingCall } from './pending-call.js';

export interface SocketReadOptions {
  readonly path: string;
  readonly dialled: Dialled;
  readonly offset: number;
  readonly length?: number | undefined;
  /** Bytes that the driver says it sent: the answer to the request. */
  readonly answered: Promise<number>;
  /** The request's record, whose idle clock is stopped while nobody reads. */
  readonly pending: PendingCall | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Any sign of life. */
  readonly touch: () => void;
  readonly onEnd: () => void;
  /** The driver lied about what it sent: the connection is over. */
  readonly onLie: (what: string) => void;
}

/**
 * Content from a data socket. It is complete when the stream has ended, the request is answered, in either order, and
 * the counts are equal and that of what was asked for; the end of the stream alone is never success.
 */
export function readSocket(options: SocketReadOptions): ContentReader {
  const { path, dialled, answered, pending, signal, touch, onEnd, onLie } = options;
  const { connection, preamble } = dialled;
  const { socket, buffer } = connection;
  const size = preamble.size ?? 0;
  const expected = Math.max(0, Math.min(options.length ?? Infinity, size - options.offset));
  let range: [start: number, end: number] = [0, 0];
  let received = 0;
  let state: 'open' | 'ended' | 'closed' = 'open';
  let failure: StorageError | undefined;
  let wake: (() => void) | undefined;

  const notify = () => {
    const waiter = wake;
    wake = undefined;
    waiter?.();
  };
  const stopClock = () => {
    if (pending !== undefined) pending.waitingSince = undefined;
  };
  const startClock = () => {
    if (pending !== undefined) pending.waitingSince = performance.now();
  };
  const fail = (error: StorageError) => {
    failure ??= error;
    finish();
    notify();
  };
  const finish = () => {
    signal?.removeEventListener('abort', abort);
    socket.destroy();
    // A driver whose connection is closed has to answer.
    startClock();
    onEnd();
  };
  const abort = () => {
    fail(cancelled(path, signal?.reason));
  };
  const wait = () =>
    new Promise<void>((resolve) => {
      startClock();
      wake = resolve;
    });
  const broken = (cause?: unknown) =>
    new StorageError('UNAVAILABLE', `a data connection broke: ${path}`, { path, cause });

  stopClock();
  socket.on('error', (cause) => {
    if (state === 'open') fail(broken(cause));
  });
  socket.once('close', () => {
    // The buffer is another connection's from now on.
    range = [0, 0];
    if (state === 'open') fail(broken());
  });
  socket.once('end', () => {
    if (state === 'open') state = 'ended';
    stopClock();
    notify();
  });
  answered.catch((error: unknown) => {
    if (state !== 'closed')
      fail(
        error instanceof StorageError
          ? error
          : new StorageError('UNAVAILABLE', 'a read failed', { cause: error }),
      );
  });
  const lie = (what: string) => {
    onLie(what);
    // Nobody knows which bytes these are: reading on from here would mend nothing.
    return new StorageError('UNAVAILABLE', what, { path, retryable: false });
  };
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  connection.consume((start, end) => {
    touch();
    stopClock();
    received += end - start;
    if (received <= expected) {
      range = [start, end];
      notify();
    } else fail(lie(`the driver sent more than the ${String(expected)} bytes that were asked for: ${path}`));
    return false;
  });

  const checkCount = async () => {
    startClock();
    const sent = await answered;
    if (sent !== received)
      throw lie(`the driver sent ${String(received)} bytes and says ${String(sent)}: ${path}`);
    if (received === expected) return;
    const what = `the driver sent ${String(received)} of ${String(expected)} bytes: ${path} (see docs/protocol/content.md#plane-socket)`;
    throw new StorageError('UNAVAILABLE', what, { path });
  };

  return {
    size,
    modTime: new Date(preamble.modTime ?? 0),
    ...(preamble.version === undefined ? {} : { version: preamble.version }),
    async read(into) {
      while (range[0] === range[1]) {
        if (failure !== undefined) throw failure;
        if (state === 'closed') throw alreadyClosed(path, 'closed');
        if (state === 'ended') {
          await checkCount();
          return 0;
        }
        const more = wait();
        socket.resume();
        await more;
      }
      if (failure !== undefined) throw failure;
      const count = buffer.copy(into, 0, range[0], range[1]);
      range = [range[0] + count, range[1]];
      return count;
    },
    close() {
      if (state === 'closed') return Promise.resolve();
      state = 'closed';
      range = [0, 0];
      finish();
      notify();
      return Promise.resolve();
    },
  };
}
