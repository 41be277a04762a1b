import { type IncomingMessage, Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { readText } from './read-text.js';
import { disconnection, missingToken, refusal } from './request-failure.js';
import { withinTime } from './within-time.js';

/** One HTTP request to the store. */
export interface StoreRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Behind the endpoint, with a slash at its beginning; escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, one piece behind the other. */
  readonly content?: readonly Uint8Array[];
  /** Statuses from 300 on that are an answer and no failure. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

export interface StoreAnswer {
  readonly status: number;
  /** By a name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** To be read to its end, or destroyed. */
  readonly body: Readable;
}

/** Sends a request once. Failures are RequestFailures, or what the signal was aborted with. */
export type Send = (request: StoreRequest) => Promise<StoreAnswer>;

export interface Sender {
  readonly send: Send;
  readonly close: () => void;
}

export interface SenderOptions {
  readonly endpoint: string;
  readonly userAgent: string;
  /** The headers that bear the token. */
  readonly authorize: () => Promise<Headers>;
}

/** The head of an answer has to come within it, from the beginning of the request, which has 5 s more for each MiB. */
const HEAD_TIMEOUT_MS = 60_000;
const MS_PER_MIB = 5000;
/** Google's metadata server and token server answer in milliseconds. */
const TOKEN_TIMEOUT_MS = 20_000;
/** In bytes, of the text of an error. */
const LONGEST_ERROR = 64 * 1024;

export function createSender({ endpoint, userAgent, authorize }: SenderOptions): Sender {
  const isSecure = endpoint.startsWith('https:');
  // HTTPS_PROXY, HTTP_PROXY and NO_PROXY hold, from Node 22.21 and 24.5 on.
  const options = { keepAlive: true, proxyEnv: process.env };
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  const request = isSecure ? requestHttps : requestHttp;

  const transmit = (given: StoreRequest, token: Headers, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method, path, query, json } = given;
      const body = given.content ?? [Buffer.from(json === undefined ? '' : JSON.stringify(json))];
      const headers = {
        ...Object.fromEntries(token),
        'user-agent': userAgent,
        // Stored content comes as it is: nothing is compressed on its way.
        'accept-encoding': 'identity',
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' ? { 'content-length': String(lengthOf(body)) } : {}),
        ...given.headers,
      };
      const url = `${endpoint}${path}${toSearch(query)}`;
      const sent = request(url, { method, headers, agent, signal }, resolve);
      // Not once: what fails behind the head of the answer is told by its body.
      sent.on('error', reject);
      if (method === 'POST') for (const piece of body) sent.write(piece);
      sent.end();
    });

  return {
    async send(given) {
      const { signal, content } = given;
      signal?.throwIfAborted();
      const token = await tokenFor(authorize, signal);
      const limit = HEAD_TIMEOUT_MS + (lengthOf(content ?? []) / 2 ** 20) * MS_PER_MIB;
      try {
        const answer = await withinTime(limit, signal, (bounded) => transmit(given, token, bounded));
        return await judge(answer, given.accept ?? []);
      } catch (error) {
        signal?.throwIfAborted();
        throw disconnection(error);
      }
    },
    close() {
      agent.destroy();
    },
  };
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** @throws RequestFailure for a status that is not accepted */
async function judge(body: IncomingMessage, accept: readonly number[]): Promise<StoreAnswer> {
  const { statusCode: status = 0, headers } = body;
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : value?.[0];
  };
  if (status < 300) return { status, header, body };
  const text = await readText(body, LONGEST_ERROR).catch(() => '');
  // Objects that are not there are an answer, a bucket that is not there never is.
  if (accept.includes(status) && !NO_BUCKET.test(text)) return { status, header, body };
  throw refusal(status, text, header('retry-after'));
}

const NO_BUCKET = /bucket (?:does not exist|was not found)/i;

async function tokenFor(
  authorize: () => Promise<Headers>,
  signal: AbortSignal | undefined,
): Promise<Headers> {
  try {
    return await withinTime(TOKEN_TIMEOUT_MS, signal, authorize);
  } catch (error) {
    signal?.throwIfAborted();
    throw missingToken(error);
  }
}

function toSearch(query: StoreRequest['query'] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
