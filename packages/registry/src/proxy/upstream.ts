import type { Credentials } from './credentials.js';
import type { Authorizer } from './authorizer.js';
import { createAuthorizer } from './authorizer.js';
import { checkStatus } from './check-status.js';
import { fetchToken } from './fetch-token.js';
import type { ForwardProxies } from './forward-proxy.js';
import type { Transport, TransportResponse } from './transport.js';
import { createTransport, discard } from './transport.js';
import { UpstreamError, isTemporary } from './upstream-error.js';

export interface UpstreamOptions {
  /** Where the upstream is, e.g. `https://registry-1.docker.io`. */
  readonly url: string;
  /** Undefined: the upstream is asked as nobody in particular. */
  readonly credentials?: (() => Promise<Credentials | undefined>) | undefined;
  /** Whether the upstream is kept from sending us to private addresses, unless it has one itself. */
  readonly refusePrivate: boolean;
  /** HTTP proxies on the way to the upstream, and to where it leads. Undefined: none. */
  readonly forwardProxies?: ForwardProxies | undefined;
  /** How long to wait for an answer, and for more of it, in milliseconds. */
  readonly patienceMs: number;
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'HEAD';
  readonly name: string;
  /** Below the repository, with its query: `manifests/latest`. */
  readonly path: string;
  readonly accept?: string | undefined;
  readonly signal: AbortSignal;
}

/** The registry behind a proxy. */
export interface Upstream {
  readonly url: URL;
  /** Whether it failed a moment ago, or wants to be left alone for now. */
  readonly isResting: boolean;
  /**
   * @returns an answer of status 200; whoever asked reads its body, or gives it up
   * @throws UpstreamError
   */
  send(request: UpstreamRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

/** After a failure the upstream is not asked for what is cached, so that not every request waits for it. */
const REST_MS = 5_000;

/** @throws RangeError for an HTTP proxy that is none */
export async function openUpstream(options: UpstreamOptions): Promise<Upstream> {
  const { getDomain } = await import('tldts');
  const url = new URL(options.url);
  const { credentials } = options;
  const transport = await createTransport({ ...options, hostname: url.hostname });
  const authorizer = createAuthorizer({
    upstream: url,
    credentials,
    domainOf: (hostname) => getDomain(hostname, { allowPrivateDomains: true }),
    fetchToken: (request) => fetchToken(transport, request),
  });
  let restsUntil = 0;
  return {
    url,
    get isResting() {
      return performance.now() < restsUntil;
    },
    async send(request) {
      try {
        const response = await sendAuthorized({ url, transport, authorizer }, request);
        restsUntil = 0;
        return response;
      } catch (error) {
        if (isTemporary(error) && !request.signal.aborted)
          restsUntil =
            performance.now() + (error.retryAfter === undefined ? REST_MS : error.retryAfter * 1000);
        throw error;
      }
    },
    close: () => transport.close(),
  };
}

interface Parts {
  readonly url: URL;
  readonly transport: Transport;
  readonly authorizer: Authorizer;
}

async function sendAuthorized(parts: Parts, request: UpstreamRequest): Promise<TransportResponse> {
  const { authorizer } = parts;
  const scope = `repository:${request.name}:pull`;
  for (let attempt = 0; ; attempt++) {
    const authorization = await authorizer.header(scope);
    const { response, isOwn } = await follow(parts, request, authorization);
    if (response.statusCode === 200) return response;
    await discard(response);
    const challenge = [response.headers['www-authenticate'] ?? ''].flat().join(', ');
    const canLearn = response.statusCode === 401 && isOwn && attempt === 0;
    if (!canLearn || !(await authorizer.learn(challenge, scope, authorization))) checkStatus(response);
  }
}

const MAX_HOPS = 5;
const MOVED = [301, 302, 303, 307, 308];

/** Credentials go to the upstream's own origin, and not any more once it has led elsewhere. */
async function follow(
  { url: base, transport }: Parts,
  { method, name, path, accept, signal }: UpstreamRequest,
  authorization: string | undefined,
): Promise<{ response: TransportResponse; isOwn: boolean }> {
  let url = new URL(`${base.pathname.replace(/\/+$/, '')}/v2/${name}/${path}`, base);
  let isOwn = true;
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    const headers = {
      'user-agent': 'outrigger',
      'accept-encoding': 'identity',
      ...(accept === undefined ? {} : { accept }),
      ...(authorization !== undefined && isOwn ? { authorization } : {}),
    };
    const response = await transport.request(url, { method, headers, signal });
    const { location } = response.headers;
    if (!MOVED.includes(response.statusCode)) return { response, isOwn };
    await discard(response);
    url = nextUrl(typeof location === 'string' ? location : '', url);
    isOwn &&= url.origin === base.origin;
  }
  throw new UpstreamError('INVALID', 'the upstream redirects too often');
}

function nextUrl(location: string, from: URL): URL {
  const next = location === '' ? null : URL.parse(location, from.href);
  const isHttp = next?.protocol === 'https:' || (next?.protocol === 'http:' && from.protocol === 'http:');
  if (next !== null && isHttp && next.username === '' && next.password === '') return next;
  throw new UpstreamError('INVALID', 'the upstream redirects to where it must not be followed');
}
