import type { AddressInfo, ListenOptions, Server } from 'node:net';
import type { ListenAddress } from '../config/config.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { removeStaleSocket } from './stale-socket.js';

/**
 * Listens.
 *
 * @param inherited - a socket that listens already, see socket-activation.ts: it takes the place of the address
 * @param isShared - other processes of this registry listen on it: what lies at its path is theirs
 * @returns the address as clients write it: `127.0.0.1:5000`, or the path of the socket
 * @throws CommandError with one line that says what to do
 */
export async function listen(
  server: Server,
  address: ListenAddress,
  inherited?: { readonly fd: number },
  isShared = false,
): Promise<string> {
  const name = 'path' in address ? address.path : formatAddress(address.host ?? '', address.port);
  if (inherited === undefined && !isShared && 'path' in address) await removeStaleSocket(address.path);
  try {
    await listening(server, inherited ?? address);
  } catch (error) {
    if (inherited === undefined) throw toCommandError(name, error);
    throw new CommandError('the socket of systemd cannot be listened on', EXIT.unavailable, error);
  }
  const bound = server.address();
  if (typeof bound === 'string') return bound;
  if (bound === null) return name;
  return inherited === undefined ? nameOf(address, bound) : formatAddress(bound.address, bound.port);
}

function listening(server: Server, options: ListenOptions | { readonly fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function nameOf(address: ListenAddress, { port }: AddressInfo): string {
  return 'path' in address ? address.path : formatAddress(address.host ?? '0.0.0.0', port);
}

function formatAddress(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

function toCommandError(name: string, error: unknown): CommandError {
  const { code, message } =
    error instanceof Error ? { code: 'code' in error ? error.code : '', message: error.message } : {};
  const why =
    code === 'EADDRINUSE'
      ? 'is already in use: stop what listens there, or choose another address with REGISTRY_HTTP_ADDR=127.0.0.1:<port>'
      : code === 'EACCES'
        ? 'may not be listened on by this user'
        : `cannot be listened on: ${message ?? 'unknown error'}`;
  return new CommandError(`${name} ${why}`, EXIT.unavailable, error);
}
