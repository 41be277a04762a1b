import { parseRetryAfter } from '@outrigger/object-store';

/** What went wrong with a request, without anything secret: no URL, no header, no token. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  /** Of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** What the store calls it, e.g. `rateLimitExceeded`; of the system or of the token server, e.g. `ECONNRESET`, `invalid_grant`. */
  readonly reason: string | undefined;
  /** The request was never sent: there is no token for it. */
  readonly isCredentials: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: FailureDetails = {}) {
    super(message);
    this.status = details.status;
    this.reason = details.reason;
    this.isCredentials = details.isCredentials ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** The same request may succeed a moment later. */
  get isTransient(): boolean {
    if (this.reason !== undefined && RATE_REASONS.has(this.reason)) return true;
    if (this.status !== undefined) return TRANSIENT_STATUSES.has(this.status) || this.status >= 500;
    return !this.isCredentials || (this.reason !== undefined && NETWORK_REASON.test(this.reason));
  }
}

interface FailureDetails {
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly isCredentials?: boolean;
  readonly retryAfterMs?: number | undefined;
}

const TRANSIENT_STATUSES = new Set([408, 429]);
/** With status 403 too. */
const RATE_REASONS = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'backendError']);
const NETWORK_REASON = /^(?:E[A-Z]+|ERR_[A-Z_]+|UND_[A-Z_]+|timeout)$/;

const LONGEST_MESSAGE = 300;

/** An answer with a status that nobody expected. */
export function refusal(status: number, text: string, retryAfter: string | undefined): RequestFailure {
  const { message, reason } = parseError(text);
  return new RequestFailure(`status ${String(status)}${message === '' ? '' : `: ${message}`}`, {
    status,
    reason,
    retryAfterMs: parseRetryAfter(retryAfter),
  });
}

/** No answer: the store cannot be reached, or the connection broke. */
export function disconnection(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  const reason = codeOf(error) ?? 'timeout';
  return new RequestFailure(`the store does not answer (${reason})`, { reason });
}

/** No token. What the libraries say of it may quote the credentials, so only known codes are taken from it. */
export function missingToken(error: unknown): RequestFailure {
  const reason = tokenReason(error);
  const words = reason === undefined ? 'no access token' : `no access token (${reason})`;
  return new RequestFailure(words, { reason, status: statusOf(error), isCredentials: true });
}

function tokenReason(error: unknown): string | undefined {
  if (error instanceof Error && NO_DEFAULT.test(error.message)) return NO_CREDENTIALS;
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout';
  return oauthCodeOf(error) ?? codeOf(error);
}

/** Of the token server's answer. */
function statusOf(error: unknown): number | undefined {
  const status = property(property(error, 'response'), 'status');
  return typeof status === 'number' ? status : undefined;
}

const NO_DEFAULT = /^(?:Could not load the default credentials|Unable to find credentials)/;
/** As {@link RequestFailure.reason}: there are no application default credentials. */
export const NO_CREDENTIALS = 'no credentials were found';

/** RFC 6749, section 5.2: `{"error": "invalid_grant", ...}`. */
function oauthCodeOf(error: unknown): string | undefined {
  const data = property(property(error, 'response'), 'data');
  const code = property(data, 'error');
  if (typeof code === 'string' && /^[a-z_]{1,64}$/.test(code)) return code;
  const text = error instanceof Error ? error.message : '';
  return /\b(invalid_[a-z]+|unauthorized_client|access_denied|unsupported_grant_type)\b/.exec(text)?.[1];
}

function codeOf(error: unknown): string | undefined {
  for (
    let each: unknown = error, depth = 0;
    each instanceof Error && depth < 4;
    each = causeOf(each), depth++
  ) {
    const code = property(each, 'code') ?? property(each, 'errno');
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,}$/.test(code)) return code;
  }
  return undefined;
}

function causeOf(error: Error): unknown {
  return error.cause ?? property(error, 'error');
}

/** The JSON API's `{"error": {"message", "errors": [{"reason"}]}}`, or plain text or XML from the media endpoint. */
function parseError(text: string): { message: string; reason: string | undefined } {
  try {
    const error = property(JSON.parse(text), 'error');
    const message = property(error, 'message');
    const errors = property(error, 'errors');
    const reason = property(Array.isArray(errors) ? errors[0] : undefined, 'reason');
    return {
      message: oneLine(typeof message === 'string' ? message : ''),
      reason: typeof reason === 'string' ? reason : undefined,
    };
  } catch {
    return { message: oneLine(text.replace(/<[^>]*>/g, ' ')), reason: undefined };
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE);
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
