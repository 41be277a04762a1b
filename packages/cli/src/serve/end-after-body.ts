import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** For how long, and how much of, a body that nobody wants is taken and dropped after its answer. */
const BODY_MS = 10_000;

/**
 * Makes the end of a connection wait for the rest of its last request. A system that closes a connection with bytes
 * unread resets it, and a reset makes clients drop the answer that they have not read yet: of a 4xx or 507 in the
 * middle of a push they would never know. Our side is ended at once, so that the client can see that nothing follows.
 *
 * @param last - the request that was answered last
 */
export function endAfterBody(socket: Socket, last: () => IncomingMessage | undefined): void {
  const destroySoon = socket.destroySoon.bind(socket);
  // What Node calls after an answer that says `Connection: close`.
  socket.destroySoon = () => {
    const req = last();
    if (req === undefined || req.complete || req.destroyed) {
      destroySoon();
      return;
    }
    socket.end();
    const timer = setTimeout(() => socket.destroy(), BODY_MS);
    socket.once('close', () => clearTimeout(timer));
    req.once('close', destroySoon);
    req.resume();
  };
}
