import type { Socket } from 'node:net';
import { createBufferPool } from '../buffer-pool.js';
import type { PreambleValue } from '../protocol/content.js';
import { Preamble } from '../protocol/content.js';
import { adoptSocket } from './adopt-socket.js';

const PREAMBLE_TIMEOUT_MS = 5_000;
const NEWLINE = 0x0a;

/** Receive buffers: large enough for what a Unix socket holds at a time. */
const receiveBuffers = createBufferPool(256 * 1024, 32);

/**
 * A connection that a driver dialled. It first reads one line, the preamble; after that it pauses until somebody
 * consumes. Received bytes lie in {@link buffer} only until the consumer's function returns.
 */
export class DataConnection {
  readonly socket: Socket;
  readonly buffer: Buffer = receiveBuffers.take();
  #head: Buffer = Buffer.alloc(0);
  #early: readonly [start: number, end: number] = [0, 0];
  #consume: (start: number, end: number) => boolean;

  /**
   * @param onPreamble - gets the first line, once; null when it is none, is longer than `limit` bytes or does not come
   */
  constructor(accepted: Socket, limit: number, onPreamble: (preamble: PreambleValue | null) => void) {
    let timer: NodeJS.Timeout | undefined = setTimeout(() => {
      finish(null);
    }, PREAMBLE_TIMEOUT_MS);
    const finish = (preamble: PreambleValue | null) => {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      onPreamble(preamble);
    };
    this.#consume = (start, end) => {
      const preamble = this.#takeFirstLine(start, end, limit);
      if (preamble === undefined) return true;
      finish(preamble);
      return false;
    };
    this.socket = adoptSocket(accepted, this.buffer, (count) => this.#consume(0, count));
    this.socket.on('error', () => {
      finish(null);
    });
    this.socket.once('end', () => {
      finish(null);
    });
    this.socket.once('close', () => {
      finish(null);
      receiveBuffers.give(this.buffer);
    });
  }

  /**
   * Hands every received range of {@link buffer} to `onData`, first what came with the preamble. False pauses until
   * `socket.resume()`.
   */
  consume(onData: (start: number, end: number) => boolean): void {
    this.#consume = onData;
    const [start, end] = this.#early;
    if (start === end || onData(start, end)) this.socket.resume();
  }

  #takeFirstLine(start: number, end: number, limit: number): PreambleValue | null | undefined {
    const carried = this.#head.length;
    const head = Buffer.concat([
      this.#head,
      this.buffer.subarray(start, Math.min(end, start + limit)),
    ]).subarray(0, limit);
    const newline = head.indexOf(NEWLINE);
    if (newline === -1) {
      this.#head = head;
      return head.length < limit ? undefined : null;
    }
    this.#early = [start + newline + 1 - carried, end];
    return parsePreamble(head.subarray(0, newline));
  }
}

function parsePreamble(line: Buffer): PreambleValue | null {
  try {
    return Preamble.safeParse(JSON.parse(line.toString('utf8'))).data ?? null;
  } catch {
    return null; // not JSON: no preamble
  }
}
