import { metricLines } from '../serve/metrics-text.js';

/**
 * The numbers of several processes as those of one registry, from Prometheus' text form of each. Counters, histograms and what can
 * be added up are added up; what says something of one process only gets the label `worker`, 0 for the primary. What a worker
 * has counted stays counted when it is gone: a counter that went back would look like a start to whoever reads it.
 */
export interface MetricsSum {
  /** The latest numbers of a process. */
  set(worker: number, text: string): void;
  /** The process is gone; another one may come under its number. */
  retire(worker: number): void;
  text(pool: { readonly serving: number; readonly restarts: number }): string;
}

/** Of which the sum says nothing. */
const OF_EACH =
  /^(?:process_|nodejs_|outrigger_driver_(?:resident_memory_bytes|up|breaker_open|info)$|outrigger_redis_up$|outrigger_health_checks_failing$)/;
/** The same in all. */
const OF_ONE = new Set(['outrigger_build_info']);

interface Metric {
  readonly help: string;
  readonly type: string;
  /** By name and labels, as written. */
  readonly samples: Map<string, number>;
}

type Metrics = Map<string, Metric>;

export function createMetricsSum(): MetricsSum {
  const latest = new Map<number, Metrics>();
  const gone: Metrics = new Map();
  return {
    set: (worker, text) => void latest.set(worker, parseMetrics(text)),
    retire(worker) {
      for (const [name, metric] of latest.get(worker) ?? [])
        if (metric.type !== 'gauge' && !OF_EACH.test(name)) addMetric(gone, name, metric);
      latest.delete(worker);
    },
    text({ serving, restarts }) {
      const sum: Metrics = new Map();
      for (const [worker, metrics] of [...latest].sort(([one], [other]) => one - other)) {
        for (const [name, metric] of metrics) {
          if (OF_EACH.test(name)) addMetric(sum, name, labelled(metric, worker));
          else if (!OF_ONE.has(name) || !sum.has(name)) addMetric(sum, name, metric);
        }
      }
      for (const [name, metric] of gone) addMetric(sum, name, metric);
      return [
        ...[...sum].map(([name, metric]) => writeMetric(name, metric)),
        metricLines('outrigger_workers', 'gauge', 'Workers that serve at the moment.', [[{}, serving]]),
        metricLines('outrigger_worker_restarts_total', 'counter', 'Workers that took the place of another.', [
          [{}, restarts],
        ]),
      ].join('');
    },
  };
}

/** What is no sample of a metric that was announced is passed over. */
function parseMetrics(text: string): Metrics {
  const metrics: Metrics = new Map();
  let help = '';
  let current: Metric | undefined;
  for (const line of text.split('\n')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') help = rest;
    else if (keyword === 'TYPE') metrics.set(name, (current = { help, type: rest, samples: new Map() }));
    else {
      const [, key, value] = /^([A-Za-z_:][\w:]*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) current?.samples.set(key, toNumber(value));
    }
  }
  return metrics;
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function addMetric(to: Metrics, name: string, { help, type, samples }: Metric): void {
  const metric = to.get(name) ?? { help, type, samples: new Map<string, number>() };
  to.set(name, metric);
  for (const [key, value] of samples) metric.samples.set(key, (metric.samples.get(key) ?? 0) + value);
}

function labelled({ help, type, samples }: Metric, worker: number): Metric {
  const label = `worker="${String(worker)}"`;
  const withLabel = (key: string) =>
    key.endsWith('{}') || !key.includes('{')
      ? `${key.replace('{}', '')}{${label}}`
      : key.replace('{', `{${label},`);
  return { help, type, samples: new Map([...samples].map(([key, value]) => [withLabel(key), value])) };
}

function writeMetric(name: string, { help, type, samples }: Metric): string {
  const lines = [...samples].map(([key, value]) => `${key} ${String(value).replace('Infinity', 'Inf')}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
