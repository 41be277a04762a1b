import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { chmod, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Logger } from '@outrigger/registry';
import { SERVER_OPTIONS } from '@outrigger/registry';
import { endAfterBody } from '../serve/end-after-body.js';
import { MAX_HEADERS } from '../serve/limits.js';
import { restoreClientFacts } from './client-facts.js';

export interface OwnServer {
  close(): Promise<void>;
}

/** Room for what the connection of a client tells, beside its headers. */
const FACTS_BYTES = 16 * 1024;

/**
 * Listens for what other workers pass on.
 *
 * @param path - in a directory that only this user can enter: whoever can send here can say who its client is
 */
export async function openOwnServer(
  path: string,
  handle: (req: IncomingMessage, res: ServerResponse) => void,
  log: Logger,
): Promise<OwnServer> {
  const options = {
    ...SERVER_OPTIONS,
    maxHeaderSize: SERVER_OPTIONS.maxHeaderSize + FACTS_BYTES,
    // The other worker has taken the request: of HTTP/1.0 also one without a host.
    requireHostHeader: false,
  };
  const last = new WeakMap<Socket, IncomingMessage>();
  const server = createServer(options, (req, res) => {
    last.set(req.socket, req);
    try {
      restoreClientFacts(req);
    } catch (error) {
      log.error({ err: error }, 'a request came to the socket of a worker that no worker has sent');
      req.socket.destroy();
      return;
    }
    handle(req, res);
  });
  server.maxHeadersCount = 2 * MAX_HEADERS;
  // The other side must get to read an answer that comes before the end of a body.
  server.on('connection', (socket: Socket) => endAfterBody(socket, () => last.get(socket)));
  server.on('error', (error) => log.error({ err: error }, 'a worker could not be heard'));
  // That of a worker that was killed.
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, exclusive: true }, resolve);
  });
  await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
