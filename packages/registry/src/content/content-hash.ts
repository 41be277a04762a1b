import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { Algorithm, Digest } from '../reference/digest.js';
import type { HashThread } from './hash-thread.js';
import { hashThread } from './hash-thread.js';

/** A hash of content that comes in pieces. Large content is hashed on another thread, on another core. */
export interface ContentHash {
  /**
   * Takes the next piece.
   *
   * @returns a promise when the piece is still read from: its buffer may be reused when that resolves
   */
  update(piece: Buffer): Promise<void> | undefined;
  /** Another one, with the same content so far. */
  copy(): ContentHash;
  /** The digest of the content so far; more may follow. */
  digest(): Promise<Digest>;
}

/** Content whose first piece is smaller is hashed here: sending it away would take longer. */
const WORTH_A_THREAD = 512 * 1024;

export function createContentHash(algorithm: Algorithm): ContentHash {
  return createLazy(algorithm, undefined);
}

type Running = { readonly here: Hash } | { readonly thread: HashThread; readonly id: number };

/** Where it is hashed is decided by the first piece. */
function createLazy(algorithm: Algorithm, start: Running | undefined): ContentHash {
  let running = start;
  const begin = (piece: Buffer): Running =>
    piece.length < WORTH_A_THREAD ? { here: createHash(algorithm) } : beginThere(algorithm);
  const hash: ContentHash = {
    update(piece) {
      running ??= begin(piece);
      if ('thread' in running) return running.thread.update(running.id, piece);
      running.here.update(piece);
      return undefined;
    },
    copy() {
      if (running === undefined) return createLazy(algorithm, undefined);
      if ('here' in running) return createLazy(algorithm, { here: running.here.copy() });
      return createLazy(algorithm, { thread: running.thread, id: running.thread.copy(running.id) });
    },
    async digest() {
      const hex =
        running === undefined || 'here' in running
          ? (running?.here.copy() ?? createHash(algorithm)).digest('hex')
          : await running.thread.digest(running.id);
      return { algorithm, hex, text: `${algorithm}:${hex}` };
    },
  };
  if (running !== undefined && 'thread' in running) running.thread.dropWith(hash, running.id);
  return hash;

  function beginThere(name: Algorithm): Running {
    const thread = hashThread();
    const id = thread.begin(name);
    thread.dropWith(hash, id);
    return { thread, id };
  }
}
