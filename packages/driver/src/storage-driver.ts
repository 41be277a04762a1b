import type { Capabilities } from './capabilities.js';
import type { ContentReader } from './content-reader.js';
import type { FileInfo, ListPage, LocalFile, WalkPage } from './file-info.js';
import type { FileWriter } from './file-writer.js';

export interface CallOptions {
  /** Aborting rejects the call with CANCELLED. Work that cannot be taken back may still be done. */
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions extends CallOptions {
  /** From an earlier page. What is present during the whole listing is seen exactly once. */
  readonly cursor?: string | undefined;
  /** At most so many entries, 1 to 1000. Default 1000. */
  readonly limit?: number | undefined;
}

export interface ReadOptions extends CallOptions {
  /** First byte. Default 0. At or behind the end: an empty reader. */
  readonly offset?: number | undefined;
  /** At most so many bytes. Default: to the end. */
  readonly length?: number | undefined;
  /** Reads only this version of the content ({@link FileInfo.version}); otherwise UNAVAILABLE, not retryable. */
  readonly ifMatch?: string | undefined;
}

/**
 * - `truncate`: starts from nothing; what the path held before is lost at the latest by the commit.
 * - `append`: continues content that a writer closed without a commit, or a committed object of zero bytes.
 *   PATH_NOT_FOUND when there is nothing at the path. Appending to other committed content is undefined.
 * - `isolated` (capability `isolatedWriters`): nobody sees anything before the commit, which is atomic; two writers of
 *   one path never touch each other's bytes; cancel removes only its own; it cannot be resumed.
 */
export type WriterMode = 'truncate' | 'append' | 'isolated';

export interface WriterOptions extends CallOptions {
  /** Default `truncate`. */
  readonly mode?: WriterMode | undefined;
  /** The final size where it is known, in bytes: a hint for part sizes and early QUOTA_EXCEEDED. */
  readonly expectedSize?: number | undefined;
}

export interface WalkOptions extends CallOptions {
  /** Only entries behind this path in walk order. */
  readonly after?: string | undefined;
  /** With `after`: the children of `after` are left out too. */
  readonly skipChildren?: boolean | undefined;
  /** At most so many entries, 1 to 1000. Default 1000. */
  readonly limit?: number | undefined;
}

/** The facts of a client's request that a signed URL may depend on. */
export interface RedirectRequest extends CallOptions {
  readonly method: string;
  readonly scheme?: string | undefined;
  readonly host?: string | undefined;
  readonly clientIp?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface Redirect {
  readonly url: string;
  readonly expiresAt?: Date | undefined;
}

/**
 * A filesystem-like store of content below absolute paths, from a local directory to an object store. Directories
 * come and go with their content.
 *
 * Every failure is a `StorageError`; callers branch on its `code`. Paths match `PATH_PATTERN`, otherwise
 * INVALID_PATH; `/` is a path for `stat`, `list` and `walk` only. All methods may be called at the same time.
 */
export interface StorageDriver {
  /** The driver's own name, e.g. `filesystem`, also when it runs in another process. */
  readonly name: string;
  readonly capabilities: Capabilities;

  /**
   * @throws StorageError PATH_NOT_FOUND when nothing is there. `/` of an empty store may be either.
   */
  stat(path: string, options?: CallOptions): Promise<FileInfo>;

  /**
   * The direct children of a directory. `/` can always be listed.
   *
   * @throws StorageError PATH_NOT_FOUND when nothing is there, or what is there is not a directory.
   */
  list(path: string, options?: ListOptions): Promise<ListPage>;

  /**
   * The whole of a small object (at most `MAX_PUT_SIZE` bytes).
   *
   * @throws StorageError PATH_NOT_FOUND, also for a directory.
   */
  get(path: string, options?: CallOptions): Promise<Uint8Array>;

  /**
   * Replaces the whole of a small object (at most `MAX_PUT_SIZE` bytes), durably, making its parents. Atomic: a reader sees the
   * old content or the new, and so does everybody after a crash. Idempotent.
   */
  put(path: string, content: Uint8Array, options?: CallOptions): Promise<void>;

  /**
   * Opens the object before it resolves, so that a failure is known before the first byte.
   *
   * @throws StorageError PATH_NOT_FOUND, also for a directory; INVALID_OFFSET for a negative offset.
   */
  reader(path: string, options?: ReadOptions): Promise<ContentReader>;

  /** Opens a writer, making the parents of the path. See {@link WriterMode}. */
  writer(path: string, options?: WriterOptions): Promise<FileWriter>;

  /**
   * Moves an object or a whole directory, replacing an object at the destination. May be a copy and a delete.
   *
   * @throws StorageError PATH_NOT_FOUND when the source is absent; the destination is then untouched.
   */
  move(source: string, destination: string, options?: CallOptions): Promise<void>;

  /**
   * Deletes an object, or a directory with all below it; `/a` never touches `/ab`.
   *
   * @throws StorageError PATH_NOT_FOUND when nothing is there.
   */
  delete(path: string, options?: CallOptions): Promise<void>;

  /** Capability `redirectURL`. Where a client may fetch the object by itself; null: not from here. GET and HEAD are signed apart. */
  redirectURL?(path: string, request: RedirectRequest): Promise<Redirect | null>;

  /**
   * Capability `walk`. One page of everything below `path`, itself left out. A path that vanishes meanwhile is left out.
   *
   * @throws StorageError PATH_NOT_FOUND when `path` itself is absent.
   */
  walk?(path: string, options?: WalkOptions): Promise<WalkPage>;

  /** Capability `copy`. As `move`, leaving the source. Objects only. */
  copy?(source: string, destination: string, options?: CallOptions): Promise<void>;

  /** Capability `localFiles`. Where the object's bytes lie on this machine. */
  localFile?(path: string, options?: CallOptions): Promise<LocalFile>;

  /** Gives everything back. No call may follow. Idempotent. */
  close(): Promise<void>;
}

/** The most that `put` takes and `get` answers, in bytes. Manifests are at most 4 MiB. */
export const MAX_PUT_SIZE = 8 * 1024 * 1024;

/** The most entries in a page of `list` and `walk`, and the default. */
export const MAX_PAGE_SIZE = 1000;
