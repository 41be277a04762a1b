import { randomUUID } from 'node:crypto';

export interface StoredObject {
  readonly content: Buffer;
  readonly modTime: Date;
  /** Another one for other bytes: an ETag, a generation, a hash. */
  readonly version: string;
}

/**
 * All that the driver asks of its store: objects by their keys. Here they are in memory: put the calls of your store in their place.
 *
 * Each throws a StorageError when it fails. "No right" is INTERNAL and "not now" is UNAVAILABLE; neither may look as if the
 * object were not there.
 */
export class Store {
  readonly #objects = new Map<string, StoredObject>();

  /** The object of a key; undefined when there is none. */
  async find(key: string): Promise<StoredObject | undefined> {
    return this.#objects.get(key);
  }

  /** Replaces the whole of an object, at once and durably. */
  async save(key: string, content: Buffer): Promise<void> {
    this.#objects.set(key, { content, modTime: new Date(), version: randomUUID() });
  }

  /** No object is no error. */
  async remove(key: string): Promise<void> {
    this.#objects.delete(key);
  }

  /** The keys that begin so, in any order. */
  async keys(prefix: string): Promise<string[]> {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix));
  }
}
