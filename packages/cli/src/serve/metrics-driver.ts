import type { CallObserver, StorageDriver } from '@outrigger/driver';
import type { DriverMetricsSnapshot, DriverStatus, SupervisedDriver } from '@outrigger/host';
import { DriverMetrics, LATENCY_BOUNDS_MS } from '@outrigger/host';
import type { MiddlewareCount } from '@outrigger/middleware';
import type { CountedMiddleware } from '../drivers/wrap-driver.js';
import { middlewareOf } from '../drivers/wrap-driver.js';
import type { Labels } from './metrics-text.js';
import { histogramLines, metricLines } from './metrics-text.js';
import { supervisedDriver } from './supervised-driver.js';

/** Distribution's names for the calls of a driver (registry/storage/driver/base). */
const ACTIONS: Readonly<Record<string, string>> = {
  stat: 'Stat',
  list: 'List',
  get: 'GetContent',
  put: 'PutContent',
  reader: 'Reader',
  writer: 'Writer',
  move: 'Move',
  delete: 'Delete',
  redirectURL: 'RedirectURL',
  walk: 'Walk',
  copy: 'Copy',
  'reader.close': 'ReaderClose',
  'writer.closed': 'WriterClose',
  'writer.committed': 'WriterCommit',
  'writer.cancelled': 'WriterCancel',
};

/** The numbers of the drivers of all stores. */
export interface DriverNumbers {
  /** @param store - the prefix of its repositories; undefined: the main one */
  of(store: string | undefined): StoreNumbers;
  text(): Promise<string>;
}

/** Those of one. */
export interface StoreNumbers {
  /** For the host: counts the calls of a driver that runs in this process. One in a process of its own counts by itself. */
  readonly observe: CallObserver;
  watch(driver: StorageDriver): void;
}

interface Taken {
  /** Of all its samples. */
  readonly labels: Labels;
  readonly snapshot: DriverMetricsSnapshot;
  /** Undefined for a driver in this process. */
  readonly status: DriverStatus | undefined;
  readonly middleware: readonly CountedMiddleware[];
}

export function createDriverNumbers(): DriverNumbers {
  const stores = new Map<string | undefined, ReturnType<typeof createStoreNumbers>>();
  return {
    of(store) {
      const numbers = stores.get(store) ?? createStoreNumbers(store);
      stores.set(store, numbers);
      return numbers;
    },
    async text() {
      const all = await Promise.all([...stores.values()].map((numbers) => numbers.take()));
      const taken = all.filter((each) => each !== undefined);
      return textOf(taken) + middlewareText(taken);
    },
  };
}

function createStoreNumbers(
  store: string | undefined,
): StoreNumbers & { take(): Promise<Taken | undefined> } {
  const own = new DriverMetrics('');
  let watched: StorageDriver | undefined;
  let supervised: SupervisedDriver | undefined;
  return {
    observe: (call) => {
      if (supervised === undefined) own.observe(call);
    },
    watch(driver) {
      watched = driver;
      supervised = supervisedDriver(driver);
    },
    async take() {
      if (watched === undefined) return undefined;
      const status = supervised?.status();
      const labels = { driver: status?.name ?? watched.name, ...(store === undefined ? {} : { store }) };
      const snapshot = await (supervised?.metrics() ?? own.snapshot({ restarts: 0, draining: 0 }));
      return { labels, snapshot, status, middleware: middlewareOf(watched) };
    },
  };
}

/** Of the first one of each kind around a driver: two caches in a row are one. */
function middlewareText(all: readonly Taken[]): string {
  const metrics = new Map<
    string,
    { readonly first: MiddlewareCount; readonly samples: Map<Labels, number> }
  >();
  for (const { labels, middleware } of all) {
    for (const { name, counts } of middleware) {
      for (const [count, first] of Object.entries(counts())) {
        const metric = `outrigger_middleware_${name}_${count}`;
        const known = metrics.get(metric) ?? { first, samples: new Map<Labels, number>() };
        metrics.set(metric, known);
        if (!known.samples.has(labels)) known.samples.set(labels, first.value);
      }
    }
  }
  return [...metrics]
    .map(([metric, { first, samples }]) => metricLines(metric, first.type, first.help, [...samples]))
    .join('');
}

function textOf(all: readonly Taken[]): string {
  const processes = all.flatMap(({ labels, snapshot, status }) =>
    status === undefined ? [] : [{ labels, snapshot, status }],
  );
  const gauge = (suffix: string, help: string, value: (of: Process) => number | undefined) =>
    metricLines(
      `outrigger_driver_${suffix}`,
      'gauge',
      help,
      processes.flatMap((each) => {
        const found = value(each);
        return found === undefined ? [] : [[each.labels, found] as const];
      }),
    );
  return [
    actionText(all),
    metricLines(
      'outrigger_driver_bytes_total',
      'counter',
      'Bytes of content to and from the driver.',
      processes.flatMap(({ labels, snapshot }) => [
        [{ ...labels, direction: 'read' }, snapshot.bytesRead] as const,
        [{ ...labels, direction: 'written' }, snapshot.bytesWritten] as const,
      ]),
    ),
    metricLines(
      'outrigger_driver_restarts_total',
      'counter',
      'Processes that took the place of another.',
      processes.map(({ labels, snapshot }) => [labels, snapshot.restarts]),
    ),
    metricLines(
      'outrigger_driver_reloads_total',
      'counter',
      'Reloads of the driver, by how they ended.',
      processes.flatMap(({ labels, snapshot }) =>
        Object.entries(snapshot.reloads).map(([result, count]) => [{ ...labels, result }, count] as const),
      ),
    ),
    gauge(
      'draining_processes',
      'Processes of the driver that were replaced and end what they have begun.',
      ({ snapshot }) => snapshot.draining,
    ),
    gauge('in_flight_calls', 'Calls that wait for their answer.', ({ snapshot }) => snapshot.inFlight),
    gauge('up', '1 while a process of the driver serves calls.', ({ status }) =>
      Number(status.state === 'ready'),
    ),
    gauge('breaker_open', '1 while calls fail at once, since the driver keeps failing.', ({ status }) =>
      Number(status.state === 'open'),
    ),
    gauge(
      'resident_memory_bytes',
      "Resident memory of the driver's process.",
      ({ snapshot }) => snapshot.rssBytes,
    ),
    metricLines(
      'outrigger_driver_info',
      'gauge',
      'Always 1.',
      processes.map(({ labels, status: { version, protocolVersion, dataPlanes } }) => [
        { ...labels, version, protocol: String(protocolVersion), plane: dataPlanes[0] ?? '' },
        1,
      ]),
    ),
  ].join('');
}

type Process = Omit<Taken, 'middleware'> & { readonly status: DriverStatus };

function actionText(all: readonly Taken[]): string {
  const samples = all.flatMap(({ labels, snapshot }) =>
    snapshot.actions.map(({ action, ...rest }) => ({
      ...rest,
      labels: { ...labels, action: ACTIONS[action] ?? action },
    })),
  );
  const histogram = histogramLines(
    'registry_storage_action_seconds',
    'The number of seconds that the storage action takes',
    LATENCY_BOUNDS_MS.map((ms) => ms / 1000),
    samples.map(({ labels, buckets, sumMs }) => ({ labels, buckets, sum: sumMs / 1000 })),
  );
  const errors = samples.flatMap(({ labels, byCode }) =>
    Object.entries(byCode)
      .filter(([code]) => code !== 'OK')
      .map(([code, count]) => [{ ...labels, code }, count] as const),
  );
  return (
    histogram +
    metricLines(
      'outrigger_driver_errors_total',
      'counter',
      'Calls that failed, by the code of the error.',
      errors,
    )
  );
}
