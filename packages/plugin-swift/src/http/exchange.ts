import { Agent, EnvHttpProxyAgent, request } from 'undici';
import type { Dispatcher } from 'undici';

/** One HTTP request, whatever it is about. */
export interface HttpRequest {
  readonly url: URL | string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Within which an answer has to begin. Default: a minute for GET and HEAD, 15 for what changes something. */
  readonly timeoutMs?: number | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** The first value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  /** To be read to its end, or left with {@link HttpAnswer.discard}. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole of the body, at most 16 MiB. */
  text(): Promise<string>;
  discard(): Promise<void>;
}

export interface Exchange {
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;
/** A server that copies or checks segments answers late. Distribution waits as long. */
const HEADERS_MS = 15 * 60_000;
/** Nothing is copied or checked for these. */
const READ_HEADERS_MS = 60_000;
/** Between two pieces of a body. */
const BODY_MS = 60_000;
const MAX_TEXT = 16 * 1024 * 1024;

/** Keeps connections open, goes through the proxies that the environment names, and follows no redirect. */
export function createExchange({ insecureSkipVerify }: { insecureSkipVerify: boolean }): Exchange {
  const dispatcher = createDispatcher(insecureSkipVerify);
  return {
    async send({ url, method, headers = {}, body, signal, timeoutMs }) {
      const answer = await request(url, {
        dispatcher,
        method,
        headers: { 'user-agent': 'outrigger', ...headers },
        body: body ?? null,
        headersTimeout: timeoutMs ?? (method === 'GET' || method === 'HEAD' ? READ_HEADERS_MS : HEADERS_MS),
        ...(signal === undefined ? {} : { signal }),
      });
      return toAnswer(answer);
    },
    close: () => dispatcher.destroy(),
  };
}

function createDispatcher(insecureSkipVerify: boolean): Dispatcher {
  const tls = { timeout: CONNECT_MS, ...(insecureSkipVerify ? { rejectUnauthorized: false } : {}) };
  const options = { connect: tls, bodyTimeout: BODY_MS };
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
  const isProxied = names.some((name) => (process.env[name] ?? '') !== '');
  return isProxied ? new EnvHttpProxyAgent({ ...options, requestTls: tls }) : new Agent(options);
}

function toAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): HttpAnswer {
  return {
    status: statusCode,
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body,
    async text() {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (size > MAX_TEXT) throw new Error('the answer is too long');
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString('utf8');
    },
    discard: () => body.dump(),
  };
}
