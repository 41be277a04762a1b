import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Logger } from '@outrigger/registry';
import type { DebugConfig } from '../config/sections/http.js';
import { CommandError } from '../failure.js';
import { profileSeconds, takeProfile } from './debug-profile.js';
import type { DebugVars } from './debug-vars.js';
import type { HealthChecks } from './health-checks.js';
import type { Readiness } from './health-ready.js';
import { listen } from './listen.js';
import type { Metrics } from './metrics.js';
import type { ObservedOthers } from './observed-others.js';

export interface DebugParts {
  readonly checks: HealthChecks;
  readonly readiness: Readiness;
  readonly vars: DebugVars;
  /** Undefined: Prometheus is not enabled. */
  readonly metrics: Metrics | undefined;
  readonly log: Logger;
  /** Undefined: this process is the whole registry. */
  readonly others?: ObservedOthers | undefined;
}

export interface DebugServer {
  /** As clients write it. */
  readonly address: string;
  close(): Promise<void>;
}

/** For operators and their programs, on an address of its own: health, numbers, profiles. It changes nothing. */
export async function openDebugServer(config: DebugConfig, parts: DebugParts): Promise<DebugServer> {
  const routes = createRoutes(config, parts);
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 5_000, maxHeaderSize: 8 * 1024 },
    (req, res) => void answer(routes, req, res, parts.log),
  );
  server.maxConnections = 64;
  const address = await listen(server, config.address).catch((error: unknown) => {
    throw toDebugError(error);
  });
  return { address, close: () => closeServer(server) };
}

/** The advice of the other server would be wrong for this one. */
function toDebugError(error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  const message = error.message.replace('REGISTRY_HTTP_ADDR', 'REGISTRY_HTTP_DEBUG_ADDR');
  return new CommandError(`http.debug.addr: ${message}`, error.exitCode, error);
}

type Answer = (query: URLSearchParams, signal: AbortSignal) => Promise<Reply> | Reply;

interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

function createRoutes({ prometheus }: DebugConfig, parts: DebugParts): ReadonlyMap<string, Answer> {
  const { checks, readiness, vars, metrics, others } = parts;
  const routes = new Map<string, Answer>([
    ['/debug/health', () => healthReply(checks.failing())],
    // Whoever gets an answer at all knows that the event loop turns.
    ['/debug/health/live', () => healthReply({})],
    [
      '/debug/health/ready',
      async () => healthReply({ ...others?.obstacles(), ...(await readiness.obstacles()) }),
    ],
    ['/debug/vars', () => json(200, vars.snapshot())],
    ['/debug/pprof/profile', profileReply],
  ]);
  if (metrics !== undefined) {
    routes.set(prometheus.path, async () => {
      const own = await metrics.text();
      const body = others === undefined ? own : await others.metrics(own);
      return { status: 200, type: metrics.contentType, body };
    });
  }
  return routes;
}

async function profileReply(query: URLSearchParams, signal: AbortSignal): Promise<Reply> {
  const seconds = profileSeconds(query.get('seconds'));
  if (seconds === undefined) return json(400, { error: 'seconds is a number from 1 to 30' });
  const profile = await takeProfile(seconds, signal);
  return profile === undefined
    ? json(429, { error: 'another profile is being taken' })
    : { status: 200, type: 'application/json', body: profile };
}

function healthReply(failing: Readonly<Record<string, string>>): Reply {
  return json(Object.keys(failing).length === 0 ? 200 : 503, failing);
}

function json(status: number, value: object): Reply {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

async function answer(
  routes: ReadonlyMap<string, Answer>,
  req: IncomingMessage,
  res: ServerResponse,
  log: Logger,
): Promise<void> {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  const { status, type, body } = await reply(routes, req, gone.signal).catch((error: unknown) => {
    log.error({ err: error }, 'a request on the debug port failed');
    return json(500, { error: 'see the log' });
  });
  res.writeHead(status, {
    'Content-Type': type ?? 'text/plain',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

async function reply(
  routes: ReadonlyMap<string, Answer>,
  { method, url = '' }: IncomingMessage,
  signal: AbortSignal,
): Promise<Reply> {
  const [path = '', query = ''] = url.split('?', 2);
  const route = routes.get(path);
  if (route === undefined || (method !== 'GET' && method !== 'HEAD'))
    return json(404, { error: 'not found' });
  return route(new URLSearchParams(query), signal);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
