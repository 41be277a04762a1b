import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** A connection that does as little as it can get away with. */
export interface SlowClient {
  /** How long the server bore it, in ms; undefined while it still does. */
  readonly cutAfterMs: number | undefined;
  /** How much it was sent. */
  readonly received: number;
  close(): void;
}

export interface SlowClientOptions {
  readonly port: number;
  /** Sent at once. */
  readonly first: string;
  /** Sent every `everyMs`, if anything. */
  readonly drip?: string | Buffer;
  readonly everyMs?: number;
  /** Never reads more than what fits into the buffers of the kernel. */
  readonly deaf?: boolean;
}

export function startSlowClient({
  port,
  first,
  drip,
  everyMs = 1000,
  deaf = false,
}: SlowClientOptions): SlowClient {
  const socket: Socket = connect({ host: '127.0.0.1', port });
  const begin = performance.now();
  let cutAfterMs: number | undefined;
  let received = 0;
  const cut = () => {
    clearInterval(timer);
    cutAfterMs ??= performance.now() - begin;
  };
  if (deaf) socket.pause();
  else socket.on('data', (data) => (received += data.length));
  socket.on('error', cut).on('end', cut).on('close', cut);
  socket.write(first);
  const timer = setInterval(() => {
    if (drip !== undefined && socket.writable) socket.write(drip);
  }, everyMs);
  return {
    get cutAfterMs() {
      return cutAfterMs;
    },
    get received() {
      return received;
    },
    close() {
      clearInterval(timer);
      socket.destroy();
    },
  };
}
