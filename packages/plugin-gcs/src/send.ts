import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { gaxios } from 'google-auth-library';
import { readText } from './read-text.js';
import { disconnection, missingToken, refusal } from './request-failure.js';

/** One HTTP request to the store. */
export interface StoreRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Behind the endpoint, with a slash at its beginning; escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly content?: Uint8Array;
  /** Statuses from 300 on that are an answer and no failure. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

export interface StoreAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** To be read to its end, or destroyed. */
  readonly body: Readable;
}

/** Sends a request once. Failures are RequestFailures, or what the signal was aborted with. */
export type Send = (request: StoreRequest) => Promise<StoreAnswer>;

export interface SenderOptions {
  readonly endpoint: string;
  readonly userAgent: string;
  /** The headers that bear the token. */
  readonly authorize: () => Promise<Headers>;
}

/** The head of an answer has to come within it, from the end of the request's body; 5 s for each MiB of it. */
const HEAD_TIMEOUT_MS = 60_000;
const MS_PER_MIB = 5000;
/** Google's metadata server and token server answer in milliseconds. */
const TOKEN_TIMEOUT_MS = 20_000;
/** In bytes, of the text of an error. */
const LONGEST_ERROR = 64 * 1024;

export function createSender({ endpoint, userAgent, authorize }: SenderOptions): Send & { close(): void } {
  const client = new gaxios.Gaxios();
  const agent = createAgent(endpoint);
  const send: Send = async (request) => {
    const { method, signal, content, json } = request;
    signal?.throwIfAborted();
    const headers = await token(authorize, signal);
    headers.set('user-agent', userAgent);
    // Stored content comes as it is: nothing is compressed on its way.
    headers.set('accept-encoding', 'identity');
    if (json !== undefined) headers.set('content-type', 'application/json');
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
    const size = content?.length ?? 0;
    const limit = HEAD_TIMEOUT_MS + (size / 2 ** 20) * MS_PER_MIB;
    const answer = await withinTime(limit, signal, (bounded) =>
      client.request<unknown>({
        url: `${endpoint}${request.path}${toSearch(request.query)}`,
        method,
        headers,
        data: content ?? (json === undefined ? undefined : JSON.stringify(json)),
        responseType: 'stream',
        validateStatus: () => true,
        retry: false,
        signal: bounded,
        ...(agent === undefined ? {} : { agent }),
      }),
    ).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw disconnection(error);
    });
    return await judge(answer, request.accept ?? []);
  };
  return Object.assign(send, { close: () => agent?.destroy() });
}

async function judge(
  { status, headers, data }: { status: number; headers: Headers; data: unknown },
  accept: readonly number[],
): Promise<StoreAnswer> {
  const body = data instanceof Readable ? data : Readable.from([]);
  if (status < 300) return { status, headers, body };
  const text = await readText(body, LONGEST_ERROR).catch(() => '');
  // Objects that are not there are an answer, a bucket that is not there never is.
  if (accept.includes(status) && !NO_BUCKET.test(text)) return { status, headers, body: Readable.from([]) };
  throw refusal(status, headers, text);
}

const NO_BUCKET = /bucket (?:does not exist|was not found)/i;

/** Where a proxy is configured, gaxios makes its own agent for it. */
function createAgent(endpoint: string): HttpAgent | undefined {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  if (names.some((name) => (process.env[name] ?? '') !== '')) return undefined;
  return endpoint.startsWith('https:')
    ? new HttpsAgent({ keepAlive: true })
    : new HttpAgent({ keepAlive: true });
}

async function token(authorize: () => Promise<Headers>, signal: AbortSignal | undefined): Promise<Headers> {
  try {
    return new Headers(await withinTime(TOKEN_TIMEOUT_MS, signal, authorize));
  } catch (error) {
    signal?.throwIfAborted();
    throw missingToken(error);
  }
}

/** The caller's signal goes on to be heard for the body; the time is for its head only. */
async function withinTime<T>(
  ms: number,
  signal: AbortSignal | undefined,
  task: (bounded: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const bounded = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
  let timer: NodeJS.Timeout | undefined;
  let leave: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort(new DOMException('no answer in time', 'TimeoutError'));
    }, ms);
    leave = () => {
      reject(bounded.reason instanceof Error ? bounded.reason : new DOMException('aborted', 'AbortError'));
    };
    bounded.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([task(bounded), ended]);
  } finally {
    clearTimeout(timer);
    if (leave !== undefined) bounded.removeEventListener('abort', leave);
  }
}

function toSearch(query: StoreRequest['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
