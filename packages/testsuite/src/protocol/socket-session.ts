import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Server, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { offerPlane } from './offer-plane.js';
import type { ProtocolContext } from './protocol-context.js';
import type { RawClient } from './raw-client.js';

/** A session of a driver whose host listens. */
export interface SocketSession {
  readonly client: RawClient;
  /** The next connection that the driver dials. */
  readonly nextConnection: () => Promise<Socket>;
}

/** Runs a case on the plane `socket`. The socket's directory is gone afterwards. */
export async function withSocket(
  context: ProtocolContext,
  run: (session: SocketSession) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'outrigger-'));
  const dialled = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    dialled.add(socket);
  });
  try {
    const socketPath = join(directory, 's');
    await once(server.listen(socketPath), 'listening');
    const { client, confirm } = await offerPlane(context, 'socket', { socketPath });
    confirm();
    await run({ client, nextConnection: () => connectionOf(server) });
  } finally {
    for (const socket of dialled) socket.destroy();
    server.close();
    await rm(directory, { recursive: true });
  }
}

function connectionOf(server: Server): Promise<Socket> {
  return new Promise((resolve) => server.once('connection', resolve));
}
