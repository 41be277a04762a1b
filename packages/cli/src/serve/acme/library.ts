import { AsyncLocalStorage } from 'node:async_hooks';
import { AcmeError, parseRetryAfter } from './acme-error.js';

export type AcmeLibrary = typeof import('acme-client');

const REQUEST_MS = 30_000;
const LONGEST_ANSWER = 1024 * 1024;

/** The library asks through one client for all; it takes no signal itself. */
const signals = new AsyncLocalStorage<AbortSignal>();
let loaded: Promise<AcmeLibrary> | undefined;

/** Runs something with the library, which is loaded only now. Its requests end with the signal. */
export async function withLibrary<T>(
  signal: AbortSignal,
  run: (library: AcmeLibrary) => Promise<T>,
): Promise<T> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  const library = await loaded;
  signal.throwIfAborted();
  return signals.run(signal, () => run(library));
}

/** The retries of the library last for minutes, cannot be ended, and hide why a CA was not reached: we have our own. */
async function load(): Promise<AcmeLibrary> {
  const library = await import('acme-client');
  const { interceptors, defaults } = library.axios;
  interceptors.request.clear();
  interceptors.response.clear();
  defaults.timeout = REQUEST_MS;
  defaults.maxContentLength = LONGEST_ANSWER;
  interceptors.request.use((config) => {
    const signal = signals.getStore();
    if (signal !== undefined) config.signal = signal;
    return config;
  });
  interceptors.response.use((answer) => {
    const { status, config, headers } = answer;
    const retryAfter = parseRetryAfter(headers['retry-after']);
    if (status === 429 || status >= 500 || (status >= 400 && !isProblem(answer.data))) {
      throw new AcmeError(`${nameOf(config)} answered ${describe(status, answer.data)}`, retryAfter);
    }
    return answer;
  }, explain);
  return library;
}

/** An error of the client quotes the whole request. */
function explain(error: unknown): never {
  signals.getStore()?.throwIfAborted();
  const { code, message, config } = error as { code?: string; message?: string; config?: { url?: string } };
  throw new AcmeError(`${nameOf(config)} cannot be reached: ${[code, message].filter(Boolean).join(', ')}`);
}

function nameOf(config: { url?: string | undefined } | undefined): string {
  const url = config?.url === undefined ? null : URL.parse(config.url);
  return url === null ? 'the CA' : `the CA at ${url.host}`;
}

/** RFC 7807. */
function isProblem(data: unknown): data is { detail: string } {
  return typeof data === 'object' && data !== null && 'detail' in data && typeof data.detail === 'string';
}

function describe(status: number, data: unknown): string {
  return isProblem(data) ? `${String(status)}: ${data.detail}` : String(status);
}
