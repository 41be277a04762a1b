import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Makes `closeIdleConnections`, which `close` calls too, spare a connection until the system has the whole answer.
 * Node's own takes an answer for done as soon as its last byte is written, and throws away what a slow client has not
 * yet made room for.
 */
export function spareAnswers(server: Server): void {
  const open = new Set<Socket>();
  const busy = new Map<Socket, number>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      busy.delete(socket);
    });
  });
  // First, so that no answer is over before it counts.
  server.prependListener('request', ({ socket }, res) => {
    busy.set(socket, (busy.get(socket) ?? 0) + 1);
    res.once('close', () => {
      const left = (busy.get(socket) ?? 1) - 1;
      if (left > 0) busy.set(socket, left);
      else busy.delete(socket);
    });
  });
  server.closeIdleConnections = () => {
    for (const socket of open) if (!busy.has(socket)) socket.destroy();
  };
}
