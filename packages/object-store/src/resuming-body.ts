import { StorageError, cancelled, isStorageError, versionChanged } from '@outrigger/driver';
import { backOff } from './backoff.js';
import { identityOf } from './identity.js';
import type { ObjectBody, ObjectInfo, ObjectStore } from './object-store.js';

/** Tries in a row that bring next to nothing. */
const MAX_TRIES = 5;
/** Bytes that make a try count as one that went well. */
const PROGRESS = 64 * 1024;

/** Which bytes of which object. */
export interface Span {
  readonly path: string;
  readonly key: string;
  readonly offset: number;
  /** Of the object, where it ends earlier than `length` says. */
  readonly length: number | undefined;
  readonly ifMatch: string | undefined;
}

/** The bytes of a span, in chunks of any size; undefined at their end. */
export interface ResumingBody {
  readonly info: ObjectInfo;
  next(): Promise<Uint8Array | undefined>;
  /** Gives everything back; a call of `next` that is under way ends. */
  close(): void;
}

/**
 * Opens a body that survives breaks: it is asked for again from the byte that was reached, and is of the same version or fails.
 * Exactly as many bytes come as the object's size promises; a body that is shorter is a broken one, never a clean end.
 *
 * @throws StorageError versionChanged(path); UNAVAILABLE when it keeps breaking
 */
export async function openBody(
  store: ObjectStore,
  span: Span,
  given?: AbortSignal,
): Promise<ResumingBody | undefined> {
  const { key, path, offset, length, ifMatch } = span;
  const stopping = new AbortController();
  const signal = given === undefined ? stopping.signal : AbortSignal.any([given, stopping.signal]);
  const opened = await store.read(key, { offset, length, ifMatch, signal });
  if (opened === undefined) return undefined;
  if (signal.aborted) {
    // Whoever asked is gone, and nobody would close it.
    start(opened).leave();
    throw cancelled(path, signal.reason);
  }
  const { info } = opened;
  const end = Math.max(offset, Math.min(info.size, offset + (length ?? Infinity)));
  let position = offset;
  let body: StartedBody | undefined = start(opened);
  let failures = 0;
  let lastFailure = offset;

  const open = async (): Promise<StartedBody> => {
    const rest = { offset: position, length: end - position, ifMatch: info.version, signal };
    const again = await store.read(key, rest).catch((error: unknown) => {
      // What does not break in the middle fails for good, unless it says otherwise.
      throw isStorageError(error) && !error.retryable ? new FinalError(error.with({ path })) : error;
    });
    if (again === undefined) throw new FinalError(versionChanged(path));
    body = start(again);
    if (identityOf(again.info) === identityOf(info)) return body;
    throw new FinalError(versionChanged(path));
  };
  const fail = async (error: unknown): Promise<void> => {
    body?.leave();
    body = undefined;
    if (signal.aborted) throw cancelled(path, signal.reason);
    if (error instanceof FinalError) throw error.cause;
    failures = position - lastFailure >= PROGRESS ? 1 : failures + 1;
    lastFailure = position;
    if (failures >= MAX_TRIES) throw brokenBody(path, position, error);
    await backOff(failures, signal);
  };

  return {
    info,
    async next() {
      while (position < end) {
        try {
          const chunk = await (body ?? (await open())).next();
          if (chunk === undefined) throw new Error(`the body ended ${String(end - position)} bytes early`);
          if (chunk.length > end - position) throw new Error('the body is longer than it was promised');
          position += chunk.length;
          if (chunk.length > 0) return chunk;
        } catch (error) {
          await fail(error);
        }
      }
      body?.end();
      body = undefined;
      return undefined;
    },
    close() {
      if (position < end) {
        stopping.abort();
        body?.leave();
      } else body?.end();
      body = undefined;
    },
  };
}

/** Not for another try. */
class FinalError extends Error {
  override readonly cause: StorageError;

  constructor(cause: StorageError) {
    super(cause.message);
    this.cause = cause;
  }
}

interface StartedBody {
  next(): Promise<Uint8Array | undefined>;
  /** Leaves a body of which everything has come: its end is waited for, so that its connection can be used again. */
  end(): void;
  /** Leaves any other. One step more: only a generator that has begun gives anything back. */
  leave(): void;
}

function start({ body }: ObjectBody): StartedBody {
  const iterator = body[Symbol.asyncIterator]();
  const next = async (): Promise<Uint8Array | undefined> => {
    const step: IteratorResult<Uint8Array, unknown> = await iterator.next();
    return step.done === true ? undefined : step.value;
  };
  // It may be broken already, or is told so that nobody wants it.
  const finish = () => iterator.return?.().catch(() => undefined);
  return {
    next,
    end() {
      next().then(finish, finish);
    },
    leave() {
      next().catch(() => undefined);
      void finish();
    },
  };
}

function brokenBody(path: string, position: number, cause: unknown): StorageError {
  return new StorageError(
    'UNAVAILABLE',
    `reading ${path} broke at byte ${String(position)}, again and again`,
    {
      path,
      cause,
    },
  );
}
