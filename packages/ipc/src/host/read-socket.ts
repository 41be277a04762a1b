import { StorageError, alreadyClosed, cancelled } from '@outrigger/driver';
import type { ContentReader } from '@outrigger/driver';
import type { Dialled } from './data-listener.js';
import type { PendingCall } from './pending-call.js';

export interface SocketReadOptions {
  readonly path: string;
  readonly dialled: Dialled;
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
 * the counts are equal; the end of the stream alone is never success.
 */
export function readSocket(options: SocketReadOptions): ContentReader {
  const { path, dialled, answered, pending, signal, touch, onEnd, onLie } = options;
  const { connection, preamble } = dialled;
  const { socket, buffer } = connection;
  let range: [start: number, end: number] = [0, 0];
  let received = 0;
  let state: 'open' | 'ended' | 'closed' = 'open';
  let failure: StorageError | undefined;
  let wake: (() => void) | undefined;

  const notify = () => {
    if (pending !== undefined) pending.waitingSince = undefined;
    const waiter = wake;
    wake = undefined;
    waiter?.();
  };
  const fail = (error: StorageError) => {
    failure ??= error;
    finish();
    notify();
  };
  const finish = () => {
    signal?.removeEventListener('abort', abort);
    socket.destroy();
    onEnd();
  };
  const abort = () => {
    fail(cancelled(path, signal?.reason));
  };
  const wait = () =>
    new Promise<void>((resolve) => {
      if (pending !== undefined) pending.waitingSince = performance.now();
      wake = resolve;
    });

  if (pending !== undefined) pending.waitingSince = undefined;
  socket.on('error', (cause) => {
    if (state === 'open')
      fail(new StorageError('UNAVAILABLE', `a data connection broke: ${path}`, { path, cause }));
  });
  socket.once('end', () => {
    if (state === 'open') state = 'ended';
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
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  connection.consume((start, end) => {
    touch();
    range = [start, end];
    received += end - start;
    notify();
    return false;
  });

  const checkCount = async () => {
    if (pending !== undefined) pending.waitingSince = performance.now();
    const sent = await answered;
    if (sent === received) return;
    const what = `the driver sent ${String(received)} bytes and says ${String(sent)}: ${path}`;
    onLie(what);
    // Nobody knows which bytes these are: reading on from here would mend nothing.
    throw new StorageError('UNAVAILABLE', what, { path, retryable: false });
  };

  return {
    size: preamble.size ?? 0,
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
