import type { CallObserver, StorageDriver } from '@outrigger/driver';
import type { DriverMetricsSnapshot, DriverStatus, SupervisedDriver } from '@outrigger/host';
import { DriverMetrics, LATENCY_BOUNDS_MS } from '@outrigger/host';
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

/** The numbers of a driver. */
export interface DriverNumbers {
  /** For the host: counts the calls of a driver that runs in this process. One in a process of its own counts by itself. */
  readonly observe: CallObserver;
  text(): Promise<string> | string;
  watch(driver: StorageDriver): void;
}

export function createDriverNumbers(): DriverNumbers {
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
    async text() {
      if (supervised !== undefined) return snapshotText(await supervised.metrics(), supervised.status());
      return watched === undefined
        ? ''
        : actionText(watched.name, own.snapshot({ restarts: 0, draining: 0 }));
    },
  };
}

function snapshotText(snapshot: DriverMetricsSnapshot, status: DriverStatus): string {
  const { name, version, state, protocolVersion, dataPlanes } = status;
  const labels: Labels = { driver: name };
  const gauge = (suffix: string, help: string, value: number | undefined) =>
    metricLines(`outrigger_driver_${suffix}`, 'gauge', help, value === undefined ? [] : [[labels, value]]);
  return [
    actionText(name, snapshot),
    metricLines('outrigger_driver_bytes_total', 'counter', 'Bytes of content to and from the driver.', [
      [{ ...labels, direction: 'read' }, snapshot.bytesRead],
      [{ ...labels, direction: 'written' }, snapshot.bytesWritten],
    ]),
    metricLines('outrigger_driver_restarts_total', 'counter', 'Processes that took the place of another.', [
      [labels, snapshot.restarts],
    ]),
    metricLines(
      'outrigger_driver_reloads_total',
      'counter',
      'Reloads of the driver, by how they ended.',
      Object.entries(snapshot.reloads).map(([result, count]) => [{ ...labels, result }, count] as const),
    ),
    gauge(
      'draining_processes',
      'Processes of the driver that were replaced and end what they have begun.',
      snapshot.draining,
    ),
    gauge('in_flight_calls', 'Calls that wait for their answer.', snapshot.inFlight),
    gauge('up', '1 while a process of the driver serves calls.', state === 'ready' ? 1 : 0),
    gauge(
      'breaker_open',
      '1 while calls fail at once, since the driver keeps failing.',
      state === 'open' ? 1 : 0,
    ),
    gauge('resident_memory_bytes', "Resident memory of the driver's process.", snapshot.rssBytes),
    metricLines('outrigger_driver_info', 'gauge', 'Always 1.', [
      [{ ...labels, version, protocol: String(protocolVersion), plane: dataPlanes[0] ?? '' }, 1],
    ]),
  ].join('');
}

function actionText(driver: string, { actions }: DriverMetricsSnapshot): string {
  const labelsOf = (action: string): Labels => ({ driver, action: ACTIONS[action] ?? action });
  const histogram = histogramLines(
    'registry_storage_action_seconds',
    'The number of seconds that the storage action takes',
    LATENCY_BOUNDS_MS.map((ms) => ms / 1000),
    actions.map(({ action, buckets, sumMs }) => ({ labels: labelsOf(action), buckets, sum: sumMs / 1000 })),
  );
  const errors = actions.flatMap(({ action, byCode }) =>
    Object.entries(byCode)
      .filter(([code]) => code !== 'OK')
      .map(([code, count]) => [{ ...labelsOf(action), code }, count] as const),
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
