import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** A port that leads to a registry, whichever has its turn: the CA knows one port all the time. */
export interface Entrance {
  readonly port: number;
  /** Whoever comes before that waits. 'nowhere': nobody lets them in. */
  leadTo(target: number | 'nowhere'): void;
}

export async function openEntrance(): Promise<Entrance> {
  let target: number | 'nowhere' | undefined;
  const waiting: Socket[] = [];
  const open = new Set<Socket>();
  const letIn = (socket: Socket) => {
    if (target === undefined) waiting.push(socket);
    else if (target === 'nowhere') socket.destroy();
    else join(socket, connect(target, '127.0.0.1'), open);
  };
  const server = createServer({ pauseOnConnect: true }, letIn).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of [...open, ...waiting]) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    leadTo(next) {
      target = next;
      waiting.splice(0).forEach(letIn);
    },
  };
}

function join(outside: Socket, inside: Socket, open: Set<Socket>): void {
  for (const [from, to] of [[outside, inside] as const, [inside, outside] as const]) {
    open.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
    from.pipe(to);
  }
}
