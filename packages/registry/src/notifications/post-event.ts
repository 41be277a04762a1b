import type { IncomingMessage } from 'node:http';
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { ENVELOPE_TYPE } from './encode-event.js';
import type { EndpointSettings } from './endpoint-settings.js';

/** How an attempt ended. */
export interface Outcome {
  readonly delivered: boolean;
  /** Undefined when there was no answer. */
  readonly status?: number | undefined;
  /** Why it failed, without anything that may be secret. */
  readonly reason?: string | undefined;
}

/** Sends bodies to one endpoint, one at a time. */
export interface Poster {
  /** Never rejects. */
  post(body: string, signal: AbortSignal): Promise<Outcome>;
  close(): void;
}

export function createPoster(settings: EndpointSettings): Poster {
  const url = new URL(settings.url);
  const isSecure = url.protocol === 'https:';
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 });
  const send = (to: URL, body: string, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { ...lowerCase(settings.headers), 'content-length': Buffer.byteLength(body) };
      const options = { method: 'POST', agent, signal, headers: { ...OWN_HEADERS, ...headers } };
      (isSecure ? requestHttps : requestHttp)(to, options)
        .once('response', resolve)
        .on('error', reject)
        .end(body);
    });
  return {
    async post(body, closing) {
      const signal = AbortSignal.any([closing, AbortSignal.timeout(settings.timeoutMs)]);
      try {
        return await follow(url, (to) => send(to, body, signal));
      } catch (error) {
        return { delivered: false, reason: describeFailure(error) };
      }
    },
    close: () => agent.destroy(),
  };
}

const OWN_HEADERS = { 'content-type': ENVELOPE_TYPE, 'user-agent': 'outrigger' };
const MAX_HOPS = 5;
const MOVED = [301, 302, 307, 308];

/**
 * A redirect within the endpoint's origin is followed. Another origin gets neither the events nor the headers with
 * their secrets. As in Distribution any other answer of 2xx or 3xx says that the event has arrived.
 */
async function follow(url: URL, send: (to: URL) => Promise<IncomingMessage>): Promise<Outcome> {
  let to = url;
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    const response = await send(to);
    discard(response);
    const { statusCode: status = 0, headers } = response;
    if (!MOVED.includes(status) || headers.location === undefined) {
      const delivered = status >= 200 && status < 400;
      return { delivered, status, reason: delivered ? undefined : `it answers ${status}` };
    }
    const next = URL.parse(headers.location, to.href);
    if (next?.origin !== url.origin)
      return { delivered: false, status, reason: `it redirects (${status}) to another host: not followed` };
    to = next;
  }
  return { delivered: false, reason: 'it redirects too often' };
}

const MAX_ANSWER = 64 * 1024;

/** The answer's body is of no interest; read, its connection serves again. */
function discard(response: IncomingMessage): void {
  let received = 0;
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > MAX_ANSWER) response.destroy();
  });
}

function lowerCase(headers: EndpointSettings['headers']): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values]));
}

/** Messages of Node name addresses, and never more of a URL. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  const isTimeout = error.name === 'AbortError' || error.name === 'TimeoutError';
  if (isTimeout) return 'no answer in time';
  const causes = error instanceof AggregateError ? error.errors : [error];
  return causes.map((cause) => (cause instanceof Error ? cause.message : 'unknown failure')).join('; ');
}
