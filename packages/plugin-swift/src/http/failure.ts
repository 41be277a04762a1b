import { parseRetryAfter } from '@outrigger/object-store';
import type { HttpAnswer } from './exchange.js';

/** A request that was not answered as it should be, or not at all. Its message holds no header, body or query. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  /** Undefined: there was no answer. */
  readonly status: number | undefined;
  /** Another try may succeed. */
  readonly isTransient: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: {
      status?: number | undefined;
      isTransient: boolean;
      retryAfterMs?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.status = details.status;
    this.isTransient = details.isTransient;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Time-outs, limits of rates (498 is that of Swift's ratelimit), servers that are down; 409: a later time stamp is there, see Swift's `X-Timestamp`; 422: the bytes came broken. */
const TRANSIENT = new Set([408, 409, 422, 425, 429, 498, 500, 502, 503, 504]);

/** Reads off what failed; the body is thrown away. A proxy of Swift that gets no word from the container's servers says to a PUT that there is no container. */
export async function refusal(answer: HttpAnswer, method?: string): Promise<RequestFailure> {
  await answer.discard().catch(() => undefined);
  const { status } = answer;
  const transaction = answer.header('x-trans-id') ?? answer.header('x-openstack-request-id');
  const known = transaction !== undefined && /^[\w.:-]{1,100}$/.test(transaction) ? `, ${transaction}` : '';
  return new RequestFailure(`status ${String(status)}${known}`, {
    status,
    isTransient: TRANSIENT.has(status) || (status === 404 && method === 'PUT'),
    retryAfterMs: parseRetryAfter(answer.header('retry-after')),
  });
}

/** The server could not be reached, or the connection broke. */
export function disconnection(error: unknown): RequestFailure {
  const code = codeOf(error);
  const why = code ?? (error instanceof Error ? error.message : 'unknown');
  const isCertificate = code !== undefined && /CERT|SELF_SIGNED|ALTNAME|ISSUER/.test(code);
  return new RequestFailure(`no answer: ${why}`, { isTransient: !isCertificate, cause: error });
}

function codeOf(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  return cause === undefined ? undefined : codeOf(cause);
}
