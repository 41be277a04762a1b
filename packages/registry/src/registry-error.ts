/**
 * What can be wrong with a request, told apart without HTTP; `http/errors.ts` alone knows the status of each. The
 * names are the specification's where it has one.
 */
export type RegistryErrorCode =
  | 'BLOB_TOO_LARGE'
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_TOO_LARGE'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'RANGE_INVALID'
  | 'SIZE_INVALID'
  | 'TAGS_COUNT_INVALID'
  | 'TAG_INVALID'
  | 'TOO_MANY_UPLOADS'
  | 'UNSUPPORTED';

/** A request that cannot be served as it is. The fault is the client's, never the store's. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: RegistryErrorCode;
  /** What the client may know besides the message: the digest, name or size that is meant. */
  readonly detail: unknown;

  constructor(code: RegistryErrorCode, message: string, detail?: unknown) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

export function isRegistryError(error: unknown, code?: RegistryErrorCode): error is RegistryError {
  return error instanceof RegistryError && (code === undefined || error.code === code);
}
