import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

/**
 * Removes the Unix socket of a process that is gone. One on which somebody listens stays, and so does any other file.
 *
 * @throws CommandError when the path cannot be used
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new CommandError(`${path} exists and is not a socket`, EXIT.unavailable);
  if (await isListenedOn(path)) {
    throw new CommandError(`${path} is already in use: another process listens there`, EXIT.unavailable);
  }
  await unlink(path);
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Anything but a refusal may be a process that is there and busy.
    socket.once('error', (error) => resolve(!('code' in error && error.code === 'ECONNREFUSED')));
  });
}
