import type { Budget } from './budget.js';
import type { Handle, Session } from './session.js';

/** The bytes of a file in order, several requests under way at a time: more, the longer somebody reads on. */
export interface ReadAhead {
  /** Nothing is read at or behind this. Until it is told there is one request. */
  endAt(size: number): void;
  /**
   * Fills `into` from its start.
   *
   * @returns how many bytes; 0 at the end; undefined when the file has become shorter
   */
  read(into: Uint8Array): Promise<number | undefined>;
  /** Gives the handle and the memory back; a read that waits ends. */
  close(): void;
}

/** A part of the file that is asked for. */
interface Piece {
  readonly length: number;
  readonly buffer: Buffer;
  /** Resolves with the bytes that there are, which is less than `length` only at the end of the file. */
  readonly filled: Promise<number>;
  taken: number;
}

const PIECE = 64 * 1024;
/** What a channel of ssh2 takes in before the other side has to wait. */
const MAX_PIECES = 32;

/** @param budget - of what is beyond one piece */
export function createReadAhead(
  session: Session,
  handle: Handle,
  budget: Budget,
  offset: number,
  length: number,
): ReadAhead {
  const pieces: Piece[] = [];
  const spare: Buffer[] = [];
  const closed = Promise.withResolvers<undefined>();
  let next = offset;
  let end = offset + length;
  let isEndKnown = false;
  /** Pieces that may be under way: it doubles with each that is used up. */
  let aim = 1;
  let granted = 0;
  let isClosed = false;

  const ask = () => {
    const size = Math.min(PIECE, end - next);
    const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE);
    const filled = fill(session, handle, buffer, size, next);
    filled.catch(() => undefined);
    pieces.push({ length: size, buffer, filled, taken: 0 });
    next += size;
  };
  const askMore = () => {
    while (isEndKnown && !isClosed && next < end && pieces.length < aim) {
      if (pieces.length > granted) {
        if (!budget.take(PIECE)) return;
        granted++;
      }
      ask();
    }
  };
  const useUp = (piece: Piece) => {
    pieces.shift();
    spare.push(piece.buffer);
    aim = Math.min(MAX_PIECES, aim * 2);
    askMore();
  };

  if (length > 0) ask();
  return {
    endAt(size) {
      isEndKnown = true;
      end = Math.max(offset, Math.min(end, size));
    },
    async read(into) {
      if (into.length === 0) return 0;
      askMore();
      const [piece] = pieces;
      if (piece === undefined) return 0;
      const count = await Promise.race([piece.filled, closed.promise]);
      if (count === undefined) return 0;
      // The first one was asked for before the end was known.
      const start = next - pieces.reduce((sum, each) => sum + each.length, 0);
      const there = Math.min(piece.length, Math.max(0, end - start));
      if (count < there) return undefined;
      const taken = Math.min(into.length, there - piece.taken);
      into.set(piece.buffer.subarray(piece.taken, piece.taken + taken));
      piece.taken += taken;
      if (taken > 0 && piece.taken === there && start + there < end) useUp(piece);
      return taken;
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      budget.give(granted * PIECE);
      closed.resolve(undefined);
      session.close(handle).catch(() => undefined);
    },
  };
}

/** A server may give less than it was asked for; nothing only at the end. */
async function fill(
  session: Session,
  handle: Handle,
  buffer: Buffer,
  length: number,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < length) {
    const count = await session.read(handle, buffer, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
