import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  CacheCounts,
  DeniedObserver,
  EndpointSnapshot,
  RequestEvent,
  RequestObserver,
} from '@outrigger/registry';
import type { DriverNumbers } from './metrics-driver.js';
import { createDriverNumbers } from './metrics-driver.js';
import { metricLines } from './metrics-text.js';
import type { RedisSnapshot } from './redis.js';

export interface Metrics {
  readonly contentType: string;
  /** Everything, in Prometheus' text form. */
  text(): Promise<string>;
  /** Counts a request as in flight until its answer is over. */
  begin(req: IncomingMessage, res: ServerResponse): void;
  readonly observe: RequestObserver;
  readonly onDenied: DeniedObserver;
  readonly driver: DriverNumbers;
  addCache(counts: () => CacheCounts): void;
  /** Nothing where no Redis is configured. */
  addRedis(snapshot: (() => RedisSnapshot) | undefined): void;
  addNotifications(snapshot: () => readonly EndpointSnapshot[]): void;
  addHealth(failing: () => Readonly<Record<string, string>>): void;
}

/** go-metrics', which Distribution has. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60];
const SIZES = Array.from({ length: 22 }, (_, power) => 1024 * 2 ** power);

/** Distribution's names for what a path means. */
const HANDLERS: Readonly<Record<NonNullable<RequestEvent['route']>['kind'], string>> = {
  base: 'base',
  catalog: 'catalog',
  extensions: 'extensions',
  tags: 'tags',
  referrers: 'referrers',
  manifest: 'manifest',
  blob: 'blob',
  uploads: 'blob_upload',
  upload: 'blob_upload_chunk',
};

const METHODS = new Set(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * The numbers of this process under Distribution's names where it has any. Loads prom-client, so call it only where Prometheus is
 * enabled. No label holds what a client can choose.
 */
export async function createMetrics(version: string): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = await import('prom-client');
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const name = (suffix: string) => `registry_http_${suffix}`;
  const requests = new Counter({
    name: name('requests_total'),
    help: 'Total number of HTTP requests made.',
    labelNames: ['handler', 'code', 'method'],
    registers,
  });
  const durations = new Histogram({
    name: name('request_duration_seconds'),
    help: 'The HTTP request latencies in seconds.',
    labelNames: ['handler', 'method'],
    buckets: SECONDS,
    registers,
  });
  const requestSizes = new Histogram({
    name: name('request_size_bytes'),
    help: 'The HTTP request sizes in bytes, as announced.',
    labelNames: ['handler'],
    buckets: SIZES,
    registers,
  });
  const responseSizes = new Histogram({
    name: name('response_size_bytes'),
    help: 'The HTTP response sizes in bytes, as announced.',
    labelNames: ['handler'],
    buckets: SIZES,
    registers,
  });
  const inFlight = new Gauge({
    name: name('in_flight_requests'),
    help: 'The in-flight HTTP requests.',
    registers,
  });
  const incomplete = new Counter({
    name: 'outrigger_http_incomplete_answers_total',
    help: 'Answers that ended before the client had all of them.',
    labelNames: ['handler'],
    registers,
  });
  const denied = new Counter({
    name: 'outrigger_denied_requests_total',
    help: 'Requests that were refused for want of a right.',
    labelNames: ['code'],
    registers,
  });
  new Gauge({
    name: 'outrigger_build_info',
    help: 'Always 1.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1);
  const driver = createDriverNumbers();
  const others: (() => Promise<string> | string)[] = [() => driver.text()];

  return {
    driver,
    contentType: register.contentType,
    async text() {
      const parts = await Promise.all([register.metrics(), ...others.map((other) => other())]);
      return parts.join('\n');
    },
    begin(_req, res) {
      inFlight.inc();
      res.once('close', () => inFlight.dec());
    },
    observe({ method: given, route, status, durationMs, complete, requestBytes, responseBytes }) {
      const handler = route === undefined ? 'none' : HANDLERS[route.kind];
      const method = METHODS.has(given) ? given.toLowerCase() : 'unknown';
      requests.inc({ handler, code: status, method });
      durations.observe({ handler, method }, durationMs / 1000);
      requestSizes.observe({ handler }, requestBytes);
      responseSizes.observe({ handler }, responseBytes);
      if (!complete) incomplete.inc({ handler });
    },
    onDenied: ({ code }) => denied.inc({ code }),
    addCache: (counts) => void others.push(() => cacheText(counts())),
    addRedis: (snapshot) => {
      if (snapshot !== undefined) others.push(() => redisText(snapshot()));
    },
    addNotifications: (snapshot) => void others.push(() => notificationsText(snapshot())),
    addHealth: (failing) =>
      void others.push(() =>
        metricLines('outrigger_health_checks_failing', 'gauge', 'Health checks that fail now.', [
          [{}, Object.keys(failing()).length],
        ]),
      ),
  };
}

function cacheText({ requests, hits }: CacheCounts): string {
  const name = (suffix: string) => `registry_storage_cache_${suffix}_total`;
  return (
    metricLines(name('requests'), 'counter', 'Look-ups of small content in memory', [[{}, requests]]) +
    metricLines(name('hits'), 'counter', 'Look-ups of small content in memory that found it', [[{}, hits]])
  );
}

function redisText({ isUp, failures, pending }: RedisSnapshot): string {
  const name = (suffix: string) => `outrigger_redis_${suffix}`;
  return [
    metricLines(name('up'), 'gauge', 'Whether Redis answers.', [[{}, isUp ? 1 : 0]]),
    metricLines(name('failures_total'), 'counter', 'Connections and commands that failed.', [[{}, failures]]),
    metricLines(name('pending'), 'gauge', 'What Redis is still to be told.', [[{}, pending]]),
  ].join('');
}

function notificationsText(endpoints: readonly EndpointSnapshot[]): string {
  const name = (suffix: string) => `registry_notifications_${suffix}`;
  const each = (value: (endpoint: EndpointSnapshot) => number) =>
    endpoints.map((endpoint) => [{ endpoint: endpoint.name }, value(endpoint)] as const);
  const byType = (type: string, value: (endpoint: EndpointSnapshot) => number) =>
    endpoints.map((endpoint) => [{ type, endpoint: endpoint.name }, value(endpoint)] as const);
  return [
    metricLines(name('events_total'), 'counter', 'The number of total events', [
      ...byType('Events', ({ events }) => events),
      ...byType('Successes', ({ successes }) => successes),
      ...byType('Failures', ({ failures }) => failures),
      ...byType('Errors', ({ errors }) => errors),
      ...byType('Dropped', ({ dropped }) => dropped),
    ]),
    metricLines(
      name('pending_total'),
      'gauge',
      'The gauge of pending events in queue',
      each((one) => one.pending),
    ),
    metricLines(
      name('status_total'),
      'counter',
      'The number of status code',
      endpoints.flatMap((endpoint) =>
        Object.entries(endpoint.statuses).map(
          ([code, count]) => [{ code, endpoint: endpoint.name }, count] as const,
        ),
      ),
    ),
  ].join('');
}
