import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { Algorithm, Digest } from '../reference/digest.js';
import { toDigest } from '../reference/digest.js';
import type { RunningHash } from './hash-thread.js';
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

/** Where it is hashed is decided by the first piece. */
function createLazy(algorithm: Algorithm, start: RunningHash | undefined): ContentHash {
  let running = start;
  return {
    update(piece) {
      running ??= begin(algorithm, piece);
      return running.update(piece);
    },
    copy: () => createLazy(algorithm, running?.copy()),
    digest: async () => toDigest(algorithm, await (running ?? hashHere(createHash(algorithm))).digest()),
  };
}

function begin(algorithm: Algorithm, piece: Buffer): RunningHash {
  return piece.length < WORTH_A_THREAD ? hashHere(createHash(algorithm)) : hashThread().begin(algorithm);
}

function hashHere(hash: Hash): RunningHash {
  return {
    update(piece) {
      hash.update(piece);
      return undefined;
    },
    copy: () => hashHere(hash.copy()),
    digest: () => Promise.resolve(hash.copy().digest('hex')),
  };
}
