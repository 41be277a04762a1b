import { isStorageError } from '@outrigger/driver';
import type { StorageErrorCode } from '@outrigger/driver';
import type { AccessErrorCode } from '../access/access-error.js';
import { AccessError, isAccessError } from '../access/access-error.js';
import type { UpstreamError, UpstreamErrorCode } from '../proxy/upstream-error.js';
import { isUpstreamError } from '../proxy/upstream-error.js';
import type { RegistryErrorCode } from '../registry-error.js';
import { isRegistryError } from '../registry-error.js';

/** An answer to a failed request. */
export interface ErrorAnswer {
  readonly status: number;
  /** The specification's code, or one of Distribution's where it has none. */
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that is wrong as HTTP, before it means anything to the registry. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** What a client is told about any error. Faults of the store are never its own: their texts stay in the log. */
export function toAnswer(error: unknown): ErrorAnswer {
  if (error instanceof HttpError) return error;
  if (isRegistryError(error)) {
    const [status, code, headers] = REGISTRY_ANSWERS[error.code];
    return { status, code, message: error.message, detail: error.detail, headers };
  }
  if (isAccessError(error)) return toAccessAnswer(error);
  if (isUpstreamError(error)) return toUpstreamAnswer(error);
  if (isStorageError(error)) return STORAGE_ANSWERS[error.code];
  return { status: 500, code: 'UNKNOWN', message: 'unknown error' };
}

function toAccessAnswer({ code: why, message, facts }: AccessError): ErrorAnswer {
  const [status, code] = ACCESS_ANSWERS[why];
  const headers = {
    ...(facts.challenge === undefined ? {} : { 'WWW-Authenticate': facts.challenge }),
    ...(facts.retryAfter === undefined ? {} : { 'Retry-After': String(facts.retryAfter) }),
  };
  return { status, code, message, detail: facts.detail, headers };
}

function toUpstreamAnswer({ code: why, message, retryAfter }: UpstreamError): ErrorAnswer {
  const [status, code] = UPSTREAM_ANSWERS[why];
  return {
    status,
    code,
    message,
    headers: retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) },
  };
}

/** A proxy's own credentials are refused, not the client's: 403 keeps clients from asking their user for others. */
const UPSTREAM_ANSWERS: Readonly<Record<UpstreamErrorCode, readonly [number, string]>> = {
  UNREACHABLE: [503, 'UNAVAILABLE'],
  BUSY: [429, 'TOOMANYREQUESTS'],
  DENIED: [403, 'DENIED'],
  UNKNOWN: [404, 'NAME_UNKNOWN'],
  INVALID: [502, 'UNAVAILABLE'],
  // The client has sent nothing that is too large, and a repetition does not help.
  TOO_LARGE: [403, 'DENIED'],
};

/** A token that grants too little gets 401 and not 403, as in Distribution: clients then ask for another one. */
const ACCESS_ANSWERS: Readonly<Record<AccessErrorCode, readonly [number, string]>> = {
  MISSING: [401, 'UNAUTHORIZED'],
  INVALID: [401, 'UNAUTHORIZED'],
  SCOPE: [401, 'UNAUTHORIZED'],
  DENIED: [403, 'DENIED'],
  BUSY: [429, 'TOOMANYREQUESTS'],
  UNAVAILABLE: [503, 'UNAVAILABLE'],
};

type RegistryAnswer = readonly [status: number, code: string, headers?: Readonly<Record<string, string>>];

/** The status and the code on the wire for each way in which a request can be wrong. */
const REGISTRY_ANSWERS: Readonly<Record<RegistryErrorCode, RegistryAnswer>> = {
  // As for a manifest that is too large; the specification's list has no better code, and Quay answers 413 too.
  BLOB_TOO_LARGE: [413, 'SIZE_INVALID'],
  BLOB_UNKNOWN: [404, 'BLOB_UNKNOWN'],
  BLOB_UPLOAD_INVALID: [400, 'BLOB_UPLOAD_INVALID'],
  BLOB_UPLOAD_UNKNOWN: [404, 'BLOB_UPLOAD_UNKNOWN'],
  DIGEST_INVALID: [400, 'DIGEST_INVALID'],
  MANIFEST_BLOB_UNKNOWN: [404, 'MANIFEST_BLOB_UNKNOWN'],
  MANIFEST_INVALID: [400, 'MANIFEST_INVALID'],
  MANIFEST_TOO_LARGE: [413, 'MANIFEST_INVALID'],
  MANIFEST_UNKNOWN: [404, 'MANIFEST_UNKNOWN'],
  NAME_INVALID: [400, 'NAME_INVALID'],
  NAME_UNKNOWN: [404, 'NAME_UNKNOWN'],
  // Of the catalog, which is Docker's and has Docker's code.
  PAGINATION_NUMBER_INVALID: [400, 'PAGINATION_NUMBER_INVALID'],
  RANGE_INVALID: [416, 'BLOB_UPLOAD_INVALID'],
  SIZE_INVALID: [400, 'SIZE_INVALID'],
  // The specification's list is closed for 4xx, and has no code of its own for these two.
  TAGS_COUNT_INVALID: [400, 'UNSUPPORTED'],
  TAG_INVALID: [400, 'MANIFEST_INVALID'],
  // Nobody knows when one of them ends.
  TOO_MANY_UPLOADS: [429, 'TOOMANYREQUESTS', { 'Retry-After': '10' }],
  UNSUPPORTED: [405, 'UNSUPPORTED'],
};

const UNAVAILABLE: ErrorAnswer = {
  status: 503,
  code: 'UNAVAILABLE',
  message: 'the storage is not available at the moment',
  headers: { 'Retry-After': '1' },
};

/** PATH_NOT_FOUND gets here only where the store lost something in the middle of a request. */
const STORAGE_ANSWERS: Readonly<Record<StorageErrorCode, ErrorAnswer>> = {
  PATH_NOT_FOUND: UNAVAILABLE,
  INVALID_PATH: { status: 400, code: 'NAME_INVALID', message: 'the storage cannot hold such a name' },
  INVALID_OFFSET: UNAVAILABLE,
  UNSUPPORTED: UNAVAILABLE,
  ALREADY_CLOSED: UNAVAILABLE,
  QUOTA_EXCEEDED: { status: 507, code: 'UNAVAILABLE', message: 'the storage is full' },
  UNAVAILABLE,
  CANCELLED: UNAVAILABLE,
  INTERNAL: UNAVAILABLE,
};
