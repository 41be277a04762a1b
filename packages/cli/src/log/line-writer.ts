import { destination } from 'pino';

/** Lines to a file descriptor, written behind the work of the program. */
export interface LineWriter {
  readonly write: (line: string) => void;
  /** Writes out what is still in memory, as far as somebody takes it within a moment. Before an exit. */
  readonly flush: () => void;
}

/** Lines for a reader that does not keep up are dropped beyond so many characters. */
const MAX_WAITING = 8 * 1024 * 1024;
/** A reader that takes nothing for so long does not keep the program from ending. */
const FLUSH_MS = 500;

/** @param fd - 1 or 2 */
export function createLineWriter(fd: 1 | 2): LineWriter {
  makeNonBlocking(fd);
  let deadline = Infinity;
  const stream = destination({
    dest: fd,
    sync: false,
    maxLength: MAX_WAITING,
    retryEAGAIN: () => performance.now() < deadline,
  });
  // A reader that went away must not end the registry.
  stream.on('error', () => undefined);
  return {
    write: (line) => void stream.write(line),
    flush: () => {
      deadline = performance.now() + FLUSH_MS;
      try {
        stream.flushSync();
      } catch {
        // Nobody is there to read it.
      }
    },
  };
}

/** As a side effect of its making, Node's own stream sets a pipe to non-blocking: a write to a full one would hold a thread for ever. */
function makeNonBlocking(fd: 1 | 2): void {
  const stream = fd === 1 ? process.stdout : process.stderr;
  stream.on('error', () => undefined);
}
