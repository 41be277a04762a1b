import { StorageError } from '@outrigger/driver';
import { type Multipart, type Part, sizeOfParts } from './multipart-store.js';
import type { ObjectStore } from './object-store.js';
import { type PartBuffer, createPartBuffer } from './part-buffer.js';
import type { PartMemory } from './part-memory.js';
import { placeObject } from './place-object.js';
import { createPartSender } from './part-sender.js';

/**
 * Bytes on their way to one object: gathered to parts of one size, which are sent while more is coming. What never fills a
 * part is put whole at the commit.
 *
 * Memory: one buffer that grows up to a part, and the parts on their way, as far as there is room (see {@link PartMemory}).
 */
export interface UploadContent {
  /** Undefined until a part was sent. */
  readonly upload: Multipart | undefined;
  /** Aborted when it was stopped. */
  readonly signal: AbortSignal;
  /** A commit has made the parts the object at the upload's own key: there is no upload any more. */
  readonly isComplete: boolean;
  /** @throws what a part failed with, once */
  throwFailure(): void;
  /** @param taken - hears of bytes as they are copied; on an error those before it were */
  take(chunk: Uint8Array, taken?: (count: number) => void): Promise<void>;
  /**
   * Makes it the object, and may be repeated.
   *
   * @param destination - key of the object; what another one leaves at the upload's is the caller's to delete
   */
  commit(destination: string): Promise<void>;
  /** Waits until every full part has come over. */
  settleParts(): Promise<{ readonly parts: readonly Part[]; readonly tail: Uint8Array }>;
  /** Stops what is on its way. */
  stop(): void;
  /** Stops, and has the store forget what it has. */
  abort(): Promise<void>;
  /**
   * Nothing more will come: gives the memory back.
   *
   * @param isDone - nobody reads from it any more
   */
  end(isDone: boolean): void;
}

export interface UploadContentOptions {
  readonly store: ObjectStore;
  readonly memory: PartMemory;
  readonly key: string;
  readonly partSize: number;
  readonly expectedSize: number | undefined;
  /** An upload that is gone on with. */
  readonly begun: { readonly upload: Multipart; readonly parts: readonly Part[] } | undefined;
}

const NOTHING = new Uint8Array(0);

export function createUploadContent(options: UploadContentOptions): UploadContent {
  const { store, memory, key, partSize, begun, expectedSize = 0 } = options;
  const { multipart } = store;
  const stopping = new AbortController();
  const { signal } = stopping;
  const loans = memory.enter();
  const sender = createPartSender({ ...options, multipart, loans, signal });
  /** Where the next part begins. */
  let begin = partSize * (begun?.parts.length ?? 0);
  const nextBuffer = () => {
    const buffer = createPartBuffer(partSize, expectedSize - begin, loans.take(partSize));
    begin += partSize;
    return buffer;
  };
  /** Undefined until there is a byte for it: a writer that waits for its first one holds nothing. */
  let buffer: PartBuffer | undefined;
  const filled = () => buffer?.bytes() ?? NOTHING;
  let isComplete = false;

  return {
    get upload() {
      return sender.upload;
    },
    signal,
    get isComplete() {
      return isComplete;
    },
    throwFailure: () => {
      sender.throwFailure();
    },
    async take(chunk, taken) {
      if (isComplete) throw new StorageError('UNAVAILABLE', 'a commit that failed has ended the upload');
      for (let rest = chunk; rest.length > 0;) {
        if (buffer?.isFull === true) {
          await sender.add(buffer);
          // Where memory is short, a writer waits for what it has lent before it takes more.
          while (!loans.hasRoom && (await sender.settleOne()));
          buffer = undefined;
        }
        buffer ??= nextBuffer();
        const count = buffer.append(rest);
        taken?.(count);
        rest = rest.subarray(count);
      }
    },
    async commit(destination) {
      if (!sender.hasParts) return store.put(destination, filled(), { signal });
      await sender.flush();
      const last = filled().length === 0 ? [] : [await sender.sendLast(filled())];
      const parts = [...sender.parts(), ...last];
      await multipart.complete(await sender.begin(), parts, { signal });
      isComplete = true;
      await placeObject(store, key, destination, sizeOfParts(parts), { signal });
    },
    async settleParts() {
      await sender.flush();
      return { parts: sender.parts(), tail: filled() };
    },
    stop() {
      stopping.abort();
    },
    async abort() {
      stopping.abort();
      await sender.settle();
      if (sender.upload !== undefined) await multipart.abort(sender.upload);
    },
    end(isDone) {
      if (isDone && buffer !== undefined) loans.give(buffer.memory);
      loans.leave();
    },
  };
}
