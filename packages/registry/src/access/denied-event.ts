import type { IncomingMessage } from 'node:http';
import { requestId } from '../http/request-id.js';
import type { Route } from '../http/route.js';
import type { AccessError, AccessErrorCode } from './access-error.js';

/** One request that was refused for want of a right; for the audit log and metrics. Holds no password or token. */
export interface DeniedEvent {
  /** `MISSING` is how most clients begin, and no cause for alarm. */
  readonly code: AccessErrorCode;
  readonly reason: string;
  /** As the request claims, where the code is `INVALID` or `BUSY`. */
  readonly user: string | undefined;
  /** Address of the other end of the connection. */
  readonly remote: string | undefined;
  readonly method: string;
  /** The same as in the answer and in the log. */
  readonly requestId: string;
  readonly route: Route | undefined;
}

export type DeniedObserver = (event: DeniedEvent) => void;

/** Tells of a refused request. */
export function reportDenied(
  observer: DeniedObserver | undefined,
  req: IncomingMessage,
  route: Route | undefined,
  { code, facts }: AccessError,
): void {
  if (observer === undefined) return;
  const { reason, user } = facts;
  observer({
    code,
    reason,
    user,
    remote: req.socket.remoteAddress,
    method: req.method ?? '',
    requestId: requestId(req),
    route,
  });
}
