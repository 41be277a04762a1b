/** What the CA, or the way to it, said. */
export class AcmeError extends Error {
  override readonly name = 'AcmeError';
  /** The CA wants to be left alone for so long, milliseconds; 0: it does not say. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

export function retryAfterOf(error: unknown): number {
  return error instanceof AcmeError ? error.retryAfterMs : 0;
}

/** Of the header (RFC 9110, 10.2.3): seconds, or a date. */
export function parseRetryAfter(value: unknown, now = Date.now()): number {
  if (typeof value !== 'string') return 0;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(ms, 0) : 0;
}
