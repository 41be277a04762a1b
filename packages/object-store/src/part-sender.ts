import { StorageError, cancelled, toStorageError } from '@outrigger/driver';
import type { Multipart, MultipartStore, Part } from './multipart-store.js';
import type { PartBuffer } from './part-buffer.js';
import type { PartLoans } from './part-memory.js';

/** The parts of one upload on their way, some at a time. */
export interface PartSender {
  /** Undefined until the first part. */
  readonly upload: Multipart | undefined;
  readonly hasParts: boolean;
  /** The upload, begun by now. */
  begin(): Promise<Multipart>;
  /**
   * Takes a full part, as soon as there is room for it, and sends it in the background.
   *
   * @throws what an earlier part failed with; this one is not taken then
   */
  add(buffer: PartBuffer): Promise<void>;
  /** Throws what a part failed with, once: the next flush sends it again. */
  throwFailure(): void;
  /** Waits until all parts have come over, those that had failed are sent again. */
  flush(): Promise<void>;
  /**
   * Sends what is left as the last part, behind all others: once, since a commit that failed may be done, and then takes no part any
   * more. A writer that goes on sends its number again.
   */
  sendLast(content: Uint8Array): Promise<Part>;
  /** Those that came over, in order. */
  parts(): Part[];
  /** Waits until one of the parts that are on their way has ended, however it did. False: there is none. */
  settleOne(): Promise<boolean>;
  /** Waits for what is on its way, however it ends. */
  settle(): Promise<void>;
}

export interface PartSenderOptions {
  readonly multipart: MultipartStore;
  readonly loans: PartLoans;
  readonly key: string;
  readonly expectedSize: number | undefined;
  readonly signal: AbortSignal;
  /** An upload that is gone on with. */
  readonly begun: { readonly upload: Multipart; readonly parts: readonly Part[] } | undefined;
}

interface Failure {
  readonly buffer: PartBuffer;
  readonly error: unknown;
  isTold: boolean;
}

export function createPartSender(options: PartSenderOptions): PartSender {
  const { multipart, loans, key, expectedSize, signal, begun } = options;
  const done = new Map((begun?.parts ?? []).map((part) => [part.number, part]));
  const failed = new Map<number, Failure>();
  const sending = new Set<Promise<void>>();
  let upload = begun?.upload;
  let next = done.size + 1;
  let last: Part | undefined;

  const begin = async () => (upload ??= await multipart.begin(key, expectedSize, { signal }));
  const sendPart = async (number: number, content: Uint8Array): Promise<Part> => {
    const tag = await multipart.uploadPart(await begin(), number, content, { signal });
    return { number, size: content.length, tag };
  };
  const send = async (number: number, buffer: PartBuffer): Promise<void> => {
    try {
      done.set(number, await sendPart(number, buffer.bytes()));
      // Only of a part that came over nobody reads any more.
      loans.give(buffer.memory);
    } catch (error) {
      failed.set(number, { buffer, error, isTold: false });
    }
  };
  const start = async (number: number, buffer: PartBuffer): Promise<void> => {
    const started = await loans.start(() => send(number, buffer), signal);
    const sent = started.done.finally(() => sending.delete(sent));
    sending.add(sent);
  };
  const flush = async (): Promise<void> => {
    await Promise.all(sending);
    for (const [number, { buffer }] of [...failed]) {
      await start(number, buffer);
      failed.delete(number);
    }
    await Promise.all(sending);
    for (const failure of failed.values()) {
      failure.isTold = true;
      throw failure.error;
    }
  };

  return {
    get upload() {
      return upload;
    },
    get hasParts() {
      return next > 1;
    },
    begin,
    async add(buffer) {
      if (failed.size > 0) await flush();
      while (sending.size >= multipart.concurrency) await Promise.race(sending);
      await begin();
      await start(next, buffer);
      next++;
    },
    throwFailure() {
      if (signal.aborted) throw cancelled(key, signal.reason);
      for (const failure of failed.values()) {
        if (failure.isTold) continue;
        failure.isTold = true;
        throw toStorageError(failure.error);
      }
    },
    flush,
    async sendLast(content) {
      if (last?.number !== next || last.size !== content.length) last = await sendPart(next, content);
      return last;
    },
    parts() {
      const parts = [...done.values()].sort((a, b) => a.number - b.number);
      // What is missing here would be missing in the object.
      if (parts.length !== next - 1) throw new StorageError('INTERNAL', 'a part was lost on its way');
      return parts;
    },
    async settleOne() {
      const isAny = sending.size > 0;
      if (isAny) await Promise.race(sending);
      return isAny;
    },
    async settle() {
      await Promise.all(sending);
    },
  };
}
