import type { OnReadOpts, Socket } from 'node:net';
import { connect } from 'node:net';
import { StorageError } from '@outrigger/driver';
import type { PreambleValue } from '../protocol/content.js';

/**
 * Dials the host's data socket and sends the first line. A host may hang up at once: the socket may be destroyed when the
 * caller gets it, and its errors are none of the process.
 *
 * @throws StorageError UNAVAILABLE when the host does not listen
 */
export function dial(path: string, preamble: PreambleValue, onread?: OnReadOpts): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true, ...(onread === undefined ? {} : { onread }) });
    const refuse = (cause: Error) => {
      reject(
        new StorageError('UNAVAILABLE', `the host's data socket cannot be dialled: ${cause.message}`, {
          cause,
        }),
      );
    };
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse).on('error', () => undefined);
      socket.write(`${JSON.stringify(preamble)}\n`);
      resolve(socket);
    });
  });
}
