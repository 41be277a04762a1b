import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ListenAddress } from '../config/config.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

/**
 * Listens.
 *
 * @returns the address as clients write it: `127.0.0.1:5000`, or the path of the socket
 * @throws CommandError with one line that says what to do
 */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  const name = 'path' in address ? address.path : formatAddress(address.host ?? '', address.port);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => reject(toCommandError(name, error));
    server.once('error', fail);
    server.listen(address, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const bound = server.address();
  return bound === null || typeof bound === 'string' ? name : nameOf(address, bound);
}

function nameOf(address: ListenAddress, { port }: AddressInfo): string {
  return 'path' in address ? address.path : formatAddress(address.host ?? '0.0.0.0', port);
}

function formatAddress(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

function toCommandError(name: string, error: Error): CommandError {
  const code = 'code' in error ? error.code : undefined;
  const why =
    code === 'EADDRINUSE'
      ? 'is already in use: stop what listens there, or choose another address with REGISTRY_HTTP_ADDR=127.0.0.1:<port>'
      : code === 'EACCES'
        ? 'may not be listened on by this user'
        : `cannot be listened on: ${error.message}`;
  return new CommandError(`${name} ${why}`, EXIT.unavailable, error);
}
