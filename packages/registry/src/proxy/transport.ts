import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { ForwardProxies } from './forward-proxy.js';
import { createFindForwardProxy } from './forward-proxy.js';
import { createGuardedConnect, refusePrivateAddress } from './guarded-connect.js';
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
  /** On the way there; undefined: none. */
  readonly forwardProxies?: ForwardProxies | undefined;
  /** How long to wait for a head, and for more of a body, in milliseconds. */
  readonly patienceMs: number;
}

const CONNECT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 128;

/** Connections to the upstream, and to where it keeps its content. The client is loaded when there is an upstream at all. */
export async function createTransport(options: TransportOptions): Promise<Transport> {
  const { Agent, ProxyAgent, buildConnector } = await import('undici');
  const { hostname, refusePrivate, patienceMs } = options;
  const timeout = Math.min(CONNECT_MS, patienceMs);
  const waits = { headersTimeout: patienceMs, bodyTimeout: patienceMs };
  const agent = new Agent({
    connections: MAX_CONNECTIONS,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: refusePrivate ? createGuardedConnect(buildConnector, hostname, { timeout }) : { timeout },
  });
  const findProxy = createFindForwardProxy(options.forwardProxies ?? {});
  const proxyAgents = new Map<URL, Dispatcher>();
  const agentOf = (proxy: URL): Dispatcher => {
    const known = proxyAgents.get(proxy);
    if (known !== undefined) return known;
    const made = new ProxyAgent({
      uri: proxy.href,
      connections: MAX_CONNECTIONS,
      maxHeaderSize: MAX_HEADER_BYTES,
      proxyTls: { timeout },
      // Many proxies open tunnels to 443 alone.
      proxyTunnel: false,
    });
    proxyAgents.set(proxy, made);
    return made;
  };
  const dispatcherOf = (url: URL): Dispatcher => {
    const proxy = findProxy(url);
    if (proxy === undefined) return agent;
    // Names are the proxy's to look up; what is an address already can be checked.
    if (refusePrivate) refusePrivateAddress(url.hostname, hostname);
    return agentOf(proxy);
  };
  return {
    async request(url, { method, headers, body, signal }) {
      try {
        const path = `${url.pathname}${url.search}`;
        const request = { origin: url.origin, path, method, headers, body, signal, ...waits };
        return await dispatcherOf(url).request(request);
      } catch (error) {
        throw toUpstreamError(error);
      }
    },
    async close() {
      await Promise.all([agent, ...proxyAgents.values()].map((each) => each.destroy()));
    },
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
