import { StorageError } from '@outrigger/driver';
import type { Part } from './multipart-store.js';

/** What a closed upload needs to be gone on with, in any process. The bytes that fill no part yet are its tail. */
export interface UploadState {
  /** Where the content goes. */
  readonly key: string;
  /** The store's own name of the upload; absent as long as everything is in the tail. */
  readonly id?: string | undefined;
  /** Bytes of each of the parts. */
  readonly partSize: number;
  readonly parts: readonly Part[];
  /** Bytes, the tail included. */
  readonly size: number;
  /** An object of its own with the tail; absent where the tail lies behind the state. */
  readonly tail?: TailObject | undefined;
  /**
   * What was at the key when the upload was closed; another object there is one that was committed since, and the parts are gone.
   * Empty: nothing. Absent where there are no parts: such an upload can be committed again.
   */
  readonly replaces?: string | undefined;
}

/** Bytes that the store has already, so that it can make them a part, or all of the content, by itself. */
export interface TailObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** The line of JSON is no longer than this: 10,000 parts with long tags. */
export const MAX_STATE_LINE = 1024 * 1024;

const LINE_FEED = 10;

/** A line of JSON, and behind it the tail. */
export function encodeState(state: UploadState, tail: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify(state)}\n`), tail]);
}

/**
 * The state at the beginning of `content`, and where the tail begins; undefined where its line has no end yet.
 *
 * @throws StorageError INTERNAL for what is no state
 */
export function decodeState(content: Uint8Array): { state: UploadState; tailOffset: number } | undefined {
  const end = content.indexOf(LINE_FEED);
  if (end === -1) return undefined;
  const line = Buffer.from(content.buffer, content.byteOffset, end).toString('utf8');
  return { state: parseState(line), tailOffset: end + 1 };
}

function parseState(line: string): UploadState {
  try {
    const parsed: unknown = JSON.parse(line);
    if (isState(parsed)) return parsed;
  } catch (error) {
    throw invalidState(error);
  }
  throw invalidState();
}

function isState(parsed: unknown): parsed is UploadState {
  if (!isRecord(parsed)) return false;
  const { key, id, partSize, parts, size, tail, replaces } = parsed;
  return (
    typeof key === 'string' &&
    (id === undefined || typeof id === 'string') &&
    isCount(partSize) &&
    partSize > 0 &&
    isCount(size) &&
    (tail === undefined || isTail(tail)) &&
    (replaces === undefined || typeof replaces === 'string') &&
    Array.isArray(parts) &&
    parts.every(isPart) &&
    (parts.length === 0 || id !== undefined)
  );
}

function isTail(parsed: unknown): parsed is TailObject {
  return isRecord(parsed) && typeof parsed.key === 'string' && isCount(parsed.size);
}

function isPart(parsed: unknown, index: number): parsed is Part {
  if (!isRecord(parsed)) return false;
  return parsed.number === index + 1 && isCount(parsed.size) && typeof parsed.tag === 'string';
}

function isRecord(parsed: unknown): parsed is Record<string, unknown> {
  return typeof parsed === 'object' && parsed !== null;
}

function isCount(parsed: unknown): parsed is number {
  return Number.isSafeInteger(parsed) && Number(parsed) >= 0;
}

/** A state that was read names a tail that is not there any more: a later state took its place, or the upload has ended. */
export function tailGone(): StorageError {
  return new StorageError('UNAVAILABLE', 'somebody else went on with the upload meanwhile, or ended it', {
    retryable: true,
  });
}

/** What lies where a state should be is none, or not all of one. */
export function invalidState(cause?: unknown): StorageError {
  return new StorageError(
    'INTERNAL',
    'the state of an upload is damaged: the upload cannot be gone on with',
    {
      cause,
    },
  );
}
