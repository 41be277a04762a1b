import type { OnReadOpts, Socket } from 'node:net';
import { createBufferPool } from '../buffer-pool.js';

const BLOCK_BYTES = 1024 * 1024;
/** One block receives while another is written; the third is the reserve that lets both go on. */
const BLOCKS_PER_STREAM = 3;
/** A block with less room than this is full: short reads cost as much as long ones. */
const LEAST_ROOM = 64 * 1024;

const blocks = createBufferPool(BLOCK_BYTES, 12);

/** A buffer that fills from the socket at its end while what came before is written. */
interface Block {
  readonly buffer: Buffer;
  filled: number;
  written: number;
}

/** The receiving end of a stream, to be made before its socket. */
export interface ContentReceiver {
  readonly onread: OnReadOpts;
  /**
   * Passes everything on in order, until the host's half-close, in as large pieces as have come. Pieces are lent until
   * `write` has settled.
   */
  run(socket: Socket, write: (piece: Buffer) => Promise<void>): Promise<void>;
}

export function createContentReceiver(): ContentReceiver {
  const free = Array.from({ length: BLOCKS_PER_STREAM - 1 }, () => blocks.take());
  /** In order; the last one receives. */
  const queue: Block[] = [{ buffer: blocks.take(), filled: 0, written: 0 }];
  let notify: () => void = () => undefined;

  const last = (): Block => {
    const block = queue.at(-1);
    if (block === undefined) throw new Error('a stream without a block');
    return block;
  };
  const hasRoom = (block: Block) => BLOCK_BYTES - block.filled >= LEAST_ROOM;
  /** Node asks right after every callback, also when that one paused: there is always an answer. */
  const nextBuffer = (): Buffer => {
    if (hasRoom(last())) return last().buffer.subarray(last().filled);
    const buffer = free.pop();
    if (buffer === undefined) throw new Error('a stream received without a free block');
    queue.push({ buffer, filled: 0, written: 0 });
    return buffer;
  };
  /** Whether the read after the next one will find a block, however much the next one brings. */
  const mayGoOn = () => free.length - (hasRoom(last()) ? 0 : 1) >= 1;

  const onread: OnReadOpts = {
    buffer: nextBuffer,
    callback(count) {
      last().filled += count;
      notify();
      return mayGoOn();
    },
  };

  /** What has come and is not written: at most the rest of one block. */
  const nextPiece = (): { block: Block; piece: Buffer } | undefined => {
    const block = queue[0];
    if (block === undefined || block.written === block.filled) return undefined;
    return { block, piece: block.buffer.subarray(block.written, block.filled) };
  };
  const release = (block: Block) => {
    if (block === last() || block.written < block.filled) return;
    queue.shift();
    free.push(block.buffer);
  };

  return {
    onread,
    async run(socket, write) {
      let over = false;
      let wake: (() => void) | undefined;
      notify = () => {
        wake?.();
        wake = undefined;
      };
      const finish = () => {
        over = true;
        notify();
      };
      const isOver = () => over;
      socket.once('end', finish).once('close', finish);
      if (socket.destroyed) finish();
      for (;;) {
        const next = nextPiece();
        if (next !== undefined) {
          await write(next.piece);
          next.block.written += next.piece.length;
          release(next.block);
          if (!isOver() && mayGoOn()) socket.resume();
        } else if (isOver()) break;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      socket.destroy();
      for (const buffer of [...free, ...queue.map((block) => block.buffer)]) blocks.give(buffer);
    },
  };
}
