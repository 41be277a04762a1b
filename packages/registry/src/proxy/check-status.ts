import type { TransportResponse } from './transport.js';
import { single } from './transport.js';
import { UpstreamError } from './upstream-error.js';

/** @throws UpstreamError for any status but 200 */
export function checkStatus({
  statusCode: status,
  headers,
}: Pick<TransportResponse, 'statusCode' | 'headers'>): void {
  if (status === 200) return;
  if (status === 404) throw new UpstreamError('UNKNOWN', 'the upstream does not have it');
  if (status === 401 || status === 403)
    throw new UpstreamError('DENIED', `the upstream refuses access (${status})`);
  if (status === 429) {
    const retryAfter = parseRetryAfter(single(headers, 'retry-after')) ?? DEFAULT_RETRY_S;
    throw new UpstreamError('BUSY', 'the upstream has had too many requests', { retryAfter });
  }
  if (status >= 500) throw new UpstreamError('UNREACHABLE', `the upstream fails (${status})`);
  throw new UpstreamError('INVALID', `the upstream answers ${status}`);
}

const DEFAULT_RETRY_S = 30;
const MAX_RETRY_S = 86_400;

/** Seconds or a date (RFC 9110, 10.2.3). */
function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^[0-9]{1,9}$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(MAX_RETRY_S, Math.max(1, Math.ceil(seconds))) : undefined;
}
