import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { createGuardedConnect } from './guarded-connect.js';
import { UpstreamError, isUpstreamError } from './upstream-error.js';

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

export type TransportResponse = Dispatcher.ResponseData;

/** Makes single requests; redirects are answers like any other. */
export interface Transport {
  /** @throws UpstreamError UNREACHABLE; INVALID for an address that is refused */
  request(url: URL, request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Of the upstream. */
  readonly hostname: string;
  /** Whether to keep away from private addresses. */
  readonly refusePrivate: boolean;
  /** How long to wait for a head, and for more of a body, in milliseconds. */
  readonly patienceMs: number;
}

const CONNECT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 128;

/** Connections to the upstream, and to where it keeps its content. The client is loaded when there is an upstream at all. */
export async function createTransport(options: TransportOptions): Promise<Transport> {
  const { Agent, buildConnector } = await import('undici');
  const timeout = Math.min(CONNECT_MS, options.patienceMs);
  const agent = new Agent({
    connections: MAX_CONNECTIONS,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: options.patienceMs,
    bodyTimeout: options.patienceMs,
    connect: options.refusePrivate
      ? createGuardedConnect(buildConnector, options.hostname, { timeout })
      : { timeout },
  });
  return {
    async request(url, { method, headers, body, signal }) {
      try {
        const path = `${url.pathname}${url.search}`;
        return await agent.request({ origin: url.origin, path, method, headers, body, signal });
      } catch (error) {
        throw toUpstreamError(error);
      }
    },
    close: () => agent.destroy(),
  };
}

/** What broke on the way. Messages of the client name addresses, and never more of a URL. */
export function toUpstreamError(error: unknown): UpstreamError {
  if (isUpstreamError(error)) return error;
  return new UpstreamError('UNREACHABLE', 'the upstream cannot be reached', { cause: error });
}

/** Gives up a body that nobody wants, and keeps the connection where little of it is left. */
export async function discard({ body }: TransportResponse): Promise<void> {
  await body.dump({ limit: DISCARDED_BYTES }).catch(() => undefined);
}

const DISCARDED_BYTES = 64 * 1024;

/**
 * The whole of a small body.
 *
 * @throws UpstreamError INVALID when it is larger than `limit` bytes, UNREACHABLE when it breaks off
 */
export async function readBody({ body }: TransportResponse, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > limit)
        throw new UpstreamError('INVALID', `an answer of the upstream is larger than ${limit} bytes`);
      parts.push(part);
    }
  } catch (error) {
    throw toUpstreamError(error);
  } finally {
    body.destroy();
  }
  return Buffer.concat(parts);
}

/** The only value of a header; undefined when there is none, or several. */
export function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
