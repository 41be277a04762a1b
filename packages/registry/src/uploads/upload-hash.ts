import type { ContentHash } from '../content/content-hash.js';
import { createContentHash } from '../content/content-hash.js';
import type { Algorithm } from '../reference/digest.js';

/** The hash of the first `size` bytes of an upload, as far as this process has seen them all. */
export interface UploadHash {
  readonly algorithm: Algorithm;
  readonly size: number;
  readonly state: ContentHash;
  /**
   * The epoch of the presence in which all bytes were written; undefined where other processes could write as well: then the
   * hash says nothing of what is in the store.
   */
  readonly epoch?: number | undefined;
}

export function emptyHash(algorithm: Algorithm): UploadHash {
  return { algorithm, size: 0, state: createContentHash(algorithm) };
}

/**
 * Remembers the hash of each upload at its last durable size, so that the end of an upload need not read it all
 * again. Losing one, by a restart or because there are too many, costs that reading and nothing else.
 */
export interface UploadHashes {
  set(id: string, hash: UploadHash): void;
  /**
   * The hash of an upload that really has `size` bytes, or undefined when another process wrote some of them. An
   * upload without bytes can always be hashed.
   */
  at(id: string, size: number): UploadHash | undefined;
  /** The last durable size that this process knows of; 0 for an upload that it does not know. */
  sizeSeen(id: string): number;
  delete(id: string): void;
}

export function createUploadHashes(): UploadHashes {
  const hashes = new Map<string, UploadHash>();
  return {
    set(id, hash) {
      hashes.delete(id);
      hashes.set(id, hash);
      const [oldest] = hashes.keys();
      if (hashes.size > MAX_HASHES && oldest !== undefined) hashes.delete(oldest);
    },
    at(id, size) {
      const hash = hashes.get(id);
      if (hash?.size === size) return hash;
      return size === 0 ? emptyHash(hash?.algorithm ?? 'sha256') : undefined;
    },
    sizeSeen: (id) => hashes.get(id)?.size ?? 0,
    delete: (id) => void hashes.delete(id),
  };
}

const MAX_HASHES = 10_000;
