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
  /** Never rejects. */
  close(): Promise<void>;
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
  signal: AbortSignal,
): Promise<ResumingBody | undefined> {
  const { key, path, offset, length, ifMatch } = span;
  const opened = await store.read(key, { offset, length, ifMatch, signal });
  if (opened === undefined) return undefined;
  const { info } = opened;
  const end = Math.max(offset, Math.min(info.size, offset + (length ?? Infinity)));
  let position = offset;
  let body: AsyncIterator<Uint8Array> | undefined = iterate(opened);
  let failures = 0;
  let lastFailure = offset;

  const open = async (): Promise<AsyncIterator<Uint8Array>> => {
    const again = await store.read(key, {
      offset: position,
      length: end - position,
      ifMatch: info.version,
      signal,
    });
    if (again === undefined) throw versionChanged(path);
    body = iterate(again);
    if (identityOf(again.info) === identityOf(info)) return body;
    await leave(body);
    throw versionChanged(path);
  };
  const fail = async (error: unknown): Promise<void> => {
    if (body !== undefined) void leave(body);
    body = undefined;
    if (signal.aborted) throw cancelled(path, signal.reason);
    if (isStorageError(error) && !error.retryable && error.code !== 'INTERNAL') throw error.with({ path });
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
          const step = await (body ?? (await open())).next();
          if (step.done === true) throw new Error(`the body ended ${String(end - position)} bytes early`);
          const { length } = step.value;
          if (length > end - position) throw new Error('the body is longer than it was promised');
          position += length;
          if (length > 0) return step.value;
        } catch (error) {
          await fail(error);
        }
      }
      return undefined;
    },
    async close() {
      if (body !== undefined) await leave(body);
      body = undefined;
    },
  };
}

function iterate({ body }: ObjectBody): AsyncIterator<Uint8Array> {
  return body[Symbol.asyncIterator]();
}

async function leave(body: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    await body.return?.();
  } catch {
    // It is broken already, or it is told that nobody wants it.
  }
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
