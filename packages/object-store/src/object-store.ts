import type { Redirect, RedirectRequest } from '@outrigger/driver';
import type { MultipartStore } from './multipart-store.js';
import type { SignalOption } from './signal-option.js';

/** An object as a store knows it. */
export interface ObjectInfo {
  /** The whole key, without a leading slash. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly modTime: Date;
  /** Names these very bytes at this key: an ETag or a generation. */
  readonly version?: string | undefined;
}

export interface ObjectListRequest extends SignalOption {
  /** Only keys that start with it; ends with a slash, or is empty. */
  readonly prefix: string;
  /** Keys that have a further slash behind the prefix come together, as one of `prefixes`. */
  readonly isShallow: boolean;
  /**
   * Only keys, and prefixes, greater than this one in byte order. It need not exist: `a/~` is behind all that lies below
   * `a/`. A shallow list may answer a prefix that is not greater, when keys below it are.
   */
  readonly startAfter?: string | undefined;
  /** At most so many keys and prefixes, 1 to 1000. A store may answer fewer and still have more. */
  readonly limit: number;
}

export interface ObjectPage {
  /** In ascending byte order of their keys. */
  readonly objects: readonly ObjectInfo[];
  /** With `isShallow`, in ascending byte order: whole keys up to the slash, which is their last character. */
  readonly prefixes: readonly string[];
  /**
   * Up to where the page reaches: its last key or prefix, as `startAfter` of the next page, which may be asked for by
   * another process. Undefined on the last page.
   */
  readonly next: string | undefined;
}

export interface ObjectReadRequest extends SignalOption {
  /** First byte; below the size, unless both are 0. */
  readonly offset: number;
  /** At most so many bytes; undefined: to the end. */
  readonly length: number | undefined;
  /** Only this version. */
  readonly ifMatch: string | undefined;
}

export interface CopyOptions extends SignalOption {
  /** Of the source, in bytes, where it is known: it need not be asked for. */
  readonly size?: number | undefined;
}

/** An open object: what it is, and its bytes from the offset on. Whoever stops early destroys the iterator (`return`). */
export interface ObjectBody {
  readonly info: ObjectInfo;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * A flat store of objects by key, as S3, Google Cloud Storage, Azure and Swift are: what differs between them, and
 * nothing else. Keys are UTF-8, without a leading slash. Objects appear whole, and after a write every read and listing knows them.
 *
 * Failures are `StorageError`s: UNAVAILABLE (`retryable` where a later try may succeed) for a store that cannot be reached, refuses
 * the credentials or is too busy after its own retries, QUOTA_EXCEEDED, CANCELLED for an aborted signal. Absence is an answer, no failure.
 */
export interface ObjectStore {
  readonly multipart: MultipartStore;

  /** Undefined: nothing is there. */
  head(key: string, options?: SignalOption): Promise<ObjectInfo | undefined>;

  list(request: ObjectListRequest): Promise<ObjectPage>;

  /**
   * Opens an object; its size is known before the first byte. A body that breaks is an error of the iterator, never a quiet end.
   * Undefined: nothing is there. An offset at or behind the end: an empty body.
   *
   * @throws StorageError versionChanged(key) when `ifMatch` names another version
   */
  read(key: string, request: ObjectReadRequest): Promise<ObjectBody | undefined>;

  /**
   * Puts a small object, replacing atomically what was there: at most MAX_PUT_SIZE or a part (see {@link MultipartStore.partSize}),
   * whichever is more, and 1 MiB.
   */
  put(key: string, content: Uint8Array, options?: SignalOption): Promise<void>;

  /** Copies on the server's side, of any size, atomically. False: the source is not there, and the destination is untouched. */
  copy(source: string, destination: string, options?: CopyOptions): Promise<boolean>;

  /** As `copy`, and the source is gone, where the store has something better than a copy and a delete. */
  move?(source: string, destination: string, options?: SignalOption): Promise<boolean>;

  /** Deletes objects, at most 1000. Those that are absent are no error. */
  delete(keys: readonly string[], options?: SignalOption): Promise<void>;

  /** Where a client may GET or HEAD the object by itself; null: not from here. Absent: never. */
  redirect?(key: string, request: RedirectRequest): Promise<Redirect | null>;

  close(): Promise<void>;
}
