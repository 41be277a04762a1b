/**
 * What can be wrong with the registry behind a proxy:
 *
 * - UNREACHABLE: no answer, none in time, one that broke off, or a failure of its own
 * - BUSY: it has had enough requests for now
 * - DENIED: it refuses the proxy's credentials, or what they may do
 * - UNKNOWN: it does not have what was asked for
 * - INVALID: its answer cannot be believed, or must not be followed
 * - TOO_LARGE: it has more than this registry takes
 */
export type UpstreamErrorCode = 'UNREACHABLE' | 'BUSY' | 'DENIED' | 'UNKNOWN' | 'INVALID' | 'TOO_LARGE';

/** A request to the upstream that failed. The message says nothing that is secret: clients see it. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly code: UpstreamErrorCode;
  /** When to ask again, in seconds, as far as it says. */
  readonly retryAfter: number | undefined;

  constructor(
    code: UpstreamErrorCode,
    message: string,
    options: { cause?: unknown; retryAfter?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}

export function isUpstreamError(error: unknown, code?: UpstreamErrorCode): error is UpstreamError {
  return error instanceof UpstreamError && (code === undefined || error.code === code);
}

/** Whether what is cached may stand in for the answer: the upstream has said nothing about what was asked. */
export function isTemporary(error: unknown): error is UpstreamError {
  return isUpstreamError(error) && (error.code === 'UNREACHABLE' || error.code === 'BUSY');
}
