/** Every way in which a driver can fail. The set is closed: callers may switch over it exhaustively. */
export const STORAGE_ERROR_CODES = [
  /** Nothing is at the path. */
  'PATH_NOT_FOUND',
  /** The path is not of the allowed form, or not allowed for this operation. */
  'INVALID_PATH',
  /** The offset is negative, or not the writer's size. */
  'INVALID_OFFSET',
  /** The driver cannot do this. */
  'UNSUPPORTED',
  /** The reader or writer was closed, committed or cancelled before. */
  'ALREADY_CLOSED',
  /** The store is full, or a quota of it is. */
  'QUOTA_EXCEEDED',
  /** The backend or the driver's process is not to be had at the moment. */
  'UNAVAILABLE',
  /** The caller aborted. */
  'CANCELLED',
  /** Anything else: a fault of the driver or an answer that it did not expect. */
  'INTERNAL',
] as const;

export type StorageErrorCode = (typeof STORAGE_ERROR_CODES)[number];

export interface StorageErrorDetails {
  readonly path?: string | undefined;
  /** Name of the driver; the base decorator fills it in. */
  readonly driver?: string | undefined;
  /** INVALID_OFFSET: the offset that was refused. */
  readonly offset?: number | undefined;
  /** INVALID_OFFSET on a writer: the size that it really has. */
  readonly size?: number | undefined;
  /** The same call may succeed later. Default: true for UNAVAILABLE only. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** The only error that a driver's methods reject with. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  /** What went wrong, without the driver's name. */
  readonly detail: string;
  readonly path: string | undefined;
  readonly driver: string | undefined;
  readonly offset: number | undefined;
  readonly size: number | undefined;
  readonly retryable: boolean;

  constructor(code: StorageErrorCode, detail: string, details: StorageErrorDetails = {}) {
    const prefix = details.driver === undefined ? '' : `${details.driver}: `;
    super(prefix + detail, details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.detail = detail;
    this.path = details.path;
    this.driver = details.driver;
    this.offset = details.offset;
    this.size = details.size;
    this.retryable = details.retryable ?? code === 'UNAVAILABLE';
  }

  /** The same error with some details replaced; `cause` and stack are kept. */
  with(details: StorageErrorDetails): StorageError {
    const copy = new StorageError(this.code, this.detail, {
      path: this.path,
      driver: this.driver,
      offset: this.offset,
      size: this.size,
      retryable: this.retryable,
      cause: this.cause,
      ...details,
    });
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }

  /** The form that Distribution's driver errors have: `{"driver", "detail"}`. */
  toJSON(): { driver: string | undefined; detail: string; code: StorageErrorCode; path: string | undefined } {
    return { driver: this.driver, detail: this.detail, code: this.code, path: this.path };
  }
}

/** Several failures of one call, e.g. of a bulk delete; `code` is that of the first. */
export class StorageErrors extends StorageError {
  readonly errors: readonly StorageError[];

  constructor(first: StorageError, ...rest: StorageError[]) {
    const errors = [first, ...rest];
    super(first.code, errors.map((error) => error.detail).join('; '), {
      path: first.path,
      driver: first.driver,
      retryable: errors.every((error) => error.retryable),
      cause: first.cause,
    });
    this.errors = errors;
  }

  /** As {@link StorageError.with}; every single error takes the driver, and the path where it has none. */
  override with(details: StorageErrorDetails): StorageErrors {
    const { driver, path } = details;
    const fill = (error: StorageError) =>
      error.with({ driver: driver ?? error.driver, path: error.path ?? path });
    const [first = this, ...rest] = this.errors.map(fill);
    const copy = new StorageErrors(first, ...rest);
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }

  /** The form that Distribution's `Errors` have: `{"driver", "details"}`. */
  override toJSON(): ReturnType<StorageError['toJSON']> & { details: ReturnType<StorageError['toJSON']>[] } {
    return { ...super.toJSON(), details: this.errors.map((error) => error.toJSON()) };
  }
}

export function isStorageError(error: unknown, code?: StorageErrorCode): error is StorageError {
  return error instanceof StorageError && (code === undefined || error.code === code);
}

export function pathNotFound(path: string, cause?: unknown): StorageError {
  return new StorageError('PATH_NOT_FOUND', `path not found: ${path}`, { path, cause });
}

export function invalidPath(path: string, why?: string): StorageError {
  return new StorageError(
    'INVALID_PATH',
    `invalid path: ${JSON.stringify(path)}${why === undefined ? '' : ` (${why})`}`,
    {
      path,
    },
  );
}

/** @param size - the true size, where a writer refuses the offset */
export function invalidOffset(path: string, offset: number, size?: number): StorageError {
  const truth = size === undefined ? '' : `, the size is ${String(size)}`;
  return new StorageError('INVALID_OFFSET', `invalid offset: ${String(offset)} for path ${path}${truth}`, {
    path,
    offset,
    size,
  });
}

/** @param did - what happened to it before: `closed`, `committed` or `cancelled` */
export function alreadyClosed(path: string, did: 'closed' | 'committed' | 'cancelled'): StorageError {
  return new StorageError('ALREADY_CLOSED', `already ${did}: ${path}`, { path });
}

export function unsupported(what: string, path?: string): StorageError {
  return new StorageError('UNSUPPORTED', `unsupported: ${what}`, { path });
}

export function cancelled(path: string, cause?: unknown): StorageError {
  return new StorageError('CANCELLED', `cancelled: ${path}`, { path, cause });
}

/** The content at `path` is no longer the version that was asked for. Not retryable. */
export function versionChanged(path: string): StorageError {
  return new StorageError('UNAVAILABLE', `content changed while it was read: ${path}`, {
    path,
    retryable: false,
  });
}

/** Any thrown thing as a StorageError: unknown ones become INTERNAL with the original as `cause`. */
export function toStorageError(error: unknown, path?: string): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof Error && error.name === 'AbortError') return cancelled(path ?? '', error);
  const detail = error instanceof Error ? error.message : `a driver threw ${typeof error}`;
  return new StorageError('INTERNAL', detail, { path, cause: error });
}

/** Rejects at once when the signal was aborted before the call. */
export function throwIfAborted(signal: AbortSignal | undefined, path: string): void {
  if (signal?.aborted) throw cancelled(path, signal.reason);
}
