import type { SwiftConfig } from '../config.js';
import type { Exchange } from '../http/exchange.js';
import { retrying } from '../http/retry.js';
import type { Grant } from './grant.js';
import { authenticateV2 } from './keystone-v2.js';
import { authenticateV3 } from './keystone-v3.js';
import { authenticateV1 } from './temp-auth.js';

/** The token of this process. */
export interface Session {
  /** One that is good for a while; asks for another one before the end of the latest. */
  grant(signal?: AbortSignal): Promise<Grant>;
  /** Asks for another one, unless this happened since `refused` was given. */
  renew(refused: Grant, signal?: AbortSignal): Promise<Grant>;
}

/** Before its end a token is too old for a request that may take long. */
const MARGIN_MS = 5 * 60_000;
/** Of a token that lives shorter than that. */
const MARGIN_SHARE = 0.2;

export interface SessionOptions {
  /** Replaced by tests. */
  readonly now?: () => number;
}

/** All that ask at the same time wait for one authentication. Failures are not kept. */
export function createSession(
  exchange: Exchange,
  config: SwiftConfig,
  { now = Date.now }: SessionOptions = {},
): Session {
  let current: { readonly grant: Grant; readonly renewAt: number } | undefined;
  let pending: Promise<Grant> | undefined;

  const authenticate = async (): Promise<Grant> => {
    const begin = now();
    // Shared by many callers: it is nobody's to cancel.
    const grant = await retrying(() => requestGrant(exchange, config));
    current = { grant, renewAt: renewalTime(grant, begin) };
    return grant;
  };
  const share = (): Promise<Grant> =>
    (pending ??= authenticate().finally(() => {
      pending = undefined;
    }));

  return {
    grant: (signal) =>
      current !== undefined && now() < current.renewAt
        ? Promise.resolve(current.grant)
        : untilAborted(share(), signal),
    renew: (refused, signal) =>
      current !== undefined && current.grant !== refused
        ? Promise.resolve(current.grant)
        : untilAborted(share(), signal),
  };
}

function requestGrant(exchange: Exchange, config: SwiftConfig): Promise<Grant> {
  const { credentials } = config;
  if (credentials.version === 1) return authenticateV1(exchange, credentials);
  return credentials.version === 2
    ? authenticateV2(exchange, credentials, config)
    : authenticateV3(exchange, credentials, config);
}

function renewalTime({ expiresAt }: Grant, begin: number): number {
  const end = expiresAt?.getTime() ?? NaN;
  if (Number.isNaN(end)) return Infinity;
  return end - Math.min(MARGIN_MS, Math.max(0, end - begin) * MARGIN_SHARE);
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  let leave: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => {
      reject(signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError'));
    };
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (leave !== undefined) signal.removeEventListener('abort', leave);
  }
}
