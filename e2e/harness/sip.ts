import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

const KIB = 1024;
const EVERY_MS = 1000;

/** A client that takes 1 KB of its answer a second, until the end of the test. */
export interface Sip {
  /** The first of it has come. */
  readonly begun: Promise<void>;
  /** Bytes that it has taken so far, the head among them. */
  taken(): number;
  readonly isClosed: boolean;
}

export function sip(url: string): Sip {
  const { hostname, port, pathname, host } = new URL(url);
  const begun = Promise.withResolvers<undefined>();
  let taken = 0;
  const socket = connect({
    host: hostname,
    port: Number(port),
    // One look of the system at the socket takes no more than this.
    onread: {
      buffer: Buffer.alloc(KIB),
      callback: (count) => {
        taken += count;
        begun.resolve(undefined);
        return false;
      },
    },
  });
  const timer = setInterval(() => socket.resume(), EVERY_MS);
  onTestFinished(() => {
    clearInterval(timer);
    socket.destroy();
  });
  begun.promise.catch(() => undefined);
  socket.on('error', (error) => begun.reject(error));
  socket.on('close', () => begun.reject(new Error('the answer ended before it began')));
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return {
    begun: begun.promise,
    taken: () => taken,
    get isClosed() {
      return socket.destroyed;
    },
  };
}
