import type { StorageDriver } from '@outrigger/driver';
import type { DriverHostOptions, DriverSearch } from '@outrigger/host';
import type { Logger, Registry, RegistryOptions } from '@outrigger/registry';
import type { Tracing } from '@outrigger/telemetry';
import { startTracing } from '@outrigger/telemetry';
import type { Config } from '../config/config.js';
import type { Environment } from '../config/overrides.js';
import { readVersion } from '../version.js';
import type { AuditLog } from './audit-log.js';
import { openAuditLog } from './audit-log.js';
import { openControlServer } from './control-server.js';
import { openDebugServer } from './debug-server.js';
import { createDebugVars } from './debug-vars.js';
import type { OtherDrivers } from './driver-reload.js';
import { createReloads, reloadAllAtHangUp } from './reloads.js';
import type { HealthChecks } from './health-checks.js';
import { startHealthChecks } from './health-checks.js';
import { closeWhileUnhealthy } from './health-gate.js';
import { configuredChecks } from './health-kinds.js';
import type { Readiness } from './health-ready.js';
import { createReadiness } from './health-ready.js';
import type { Metrics } from './metrics.js';
import { createMetrics } from './metrics.js';
import type { ObservedOthers } from './observed-others.js';
import type { OpenStores } from './open-store.js';
import { traceDriver, traceRequests } from './tracing.js';

/** What lets operators see into a registry: traces, numbers, health, the audit log, the control socket. */
export interface Observation {
  readonly metrics: Metrics | undefined;
  readonly audit: AuditLog | undefined;
  /**
   * For the host that creates the driver of a store.
   *
   * @param prefix - of its repositories; undefined: the main one
   */
  hostOptions(prefix: string | undefined): Pick<DriverHostOptions, 'traceparent' | 'observe'>;
  /** For the registry. */
  readonly registryOptions: Pick<RegistryOptions, 'observe' | 'onDenied'>;
  /** For the registry too, among others. */
  readonly listeners: NonNullable<RegistryOptions['listeners']>;
  /** For the garbage collection. */
  readonly onDeleted: ((digest: { readonly text: string }) => void) | undefined;
  /** Looks at the drivers of all stores from now on. */
  watch(stores: OpenStores): void;
  /** A driver as the registry is to use it. */
  traced(driver: StorageDriver): StorageDriver;
  /** The registry as the server is to use it. After {@link watch}. */
  front(registry: Pick<Registry, 'handle'>): Pick<Registry, 'handle'>;
  /**
   * Opens the debug server. After {@link watch}, before clients can come.
   *
   * @throws CommandError its address cannot be listened on
   */
  openDebug(others?: ObservedOthers): Promise<void>;
  /** The registry listens: it is ready, and can be told what to do. */
  serving(about: OpenRegistry): Promise<void>;
  /** From now on the registry is not ready for clients. */
  drain(): void;
  /** Gives everything back. Idempotent. */
  close(): Promise<void>;
}

export interface OpenRegistry {
  readonly address: string;
  /** Path of the configuration, if there is one. */
  readonly file: string | undefined;
  /** Undefined: this process is the whole registry. */
  readonly others?: OtherDrivers | undefined;
  /** How executables of drivers are found, as the configuration says by now. */
  readonly search: () => Promise<DriverSearch>;
  /** Whether a SIGHUP reloads, and does not end the registry. */
  readonly reloadsAtHangUp: boolean;
}

/** Nothing of this that is not configured is loaded, or costs a request anything. */
export async function startObservation(
  config: Config,
  { log, environment }: { readonly log: Logger; readonly environment: Environment },
): Promise<Observation> {
  const { debug } = config.http;
  const tracing = await startTracing(tracingOptions(environment, log));
  const metrics = debug?.prometheus.enabled === true ? await createMetrics(readVersion()) : undefined;
  const audit = config.auditLog.enabled ? await openAuditLog(config.auditLog, log) : undefined;
  const closers: (() => Promise<void> | void)[] = [];
  let watched: Watched | undefined;

  return {
    metrics,
    audit,
    hostOptions: (prefix) => ({
      ...(tracing === undefined ? {} : { traceparent: () => tracing.traceparent() }),
      ...(metrics === undefined ? {} : { observe: metrics.driver.of(prefix).observe }),
    }),
    registryOptions: registryOptions(metrics, audit),
    listeners: audit === undefined ? [] : [audit.listener],
    onDeleted: audit && (({ text }) => audit.record({ action: 'gc', result: 'ok', digest: text })),
    watch(stores) {
      const checks = startHealthChecks(configuredChecks(config.health, stores), log);
      watched = { stores, checks, readiness: createReadiness(stores, checks) };
      closers.push(() => checks.close());
      for (const { prefix, driver } of stores) metrics?.driver.of(prefix).watch(driver);
      metrics?.addHealth(() => checks.failing());
    },
    traced: (driver) => (tracing === undefined ? driver : traceDriver(driver, tracing)),
    front: (registry) => front(registry, { config, checks: watched?.checks, metrics, tracing }),
    async openDebug(others) {
      if (watched === undefined || debug === undefined) return;
      const { stores, checks, readiness } = watched;
      const vars = createDebugVars(readVersion(), stores);
      closers.push(() => vars.close());
      const server = await openDebugServer(debug, { checks, readiness, vars, metrics, log, others });
      closers.push(() => server.close());
      log.info({ address: server.address }, 'the debug server listens');
    },
    async serving({ address, file, others, search, reloadsAtHangUp }) {
      if (watched === undefined) return;
      const { stores, readiness } = watched;
      readiness.begin();
      const about = { version: readVersion(), address, config: file };
      const reloads = createReloads(stores, { log, audit, others, search });
      if (reloadsAtHangUp) closers.push(reloadAllAtHangUp(reloads));
      const control = await openControlServer({ stores, log, others, environment, about, reloads });
      closers.push(() => control?.close());
    },
    drain: () => watched?.readiness.drain(),
    async close() {
      for (const close of closers.splice(0)) await close();
      audit?.close();
      await tracing?.close();
    },
  };
}

interface Watched {
  readonly stores: OpenStores;
  readonly checks: HealthChecks;
  readonly readiness: Readiness;
}

function tracingOptions(environment: Environment, log: Logger): Parameters<typeof startTracing>[0] {
  return {
    environment,
    service: 'outrigger',
    version: readVersion(),
    isNamedByEnvironment: true,
    warn: (message) => log.warn({}, message),
    print: (line) => void process.stderr.write(`${line}\n`),
  };
}

function registryOptions(
  metrics: Metrics | undefined,
  audit: AuditLog | undefined,
): Observation['registryOptions'] {
  const observers = [metrics?.onDenied, audit?.onDenied].filter((observer) => observer !== undefined);
  return {
    ...(metrics === undefined ? {} : { observe: metrics.observe }),
    ...(observers.length === 0
      ? {}
      : {
          onDenied: (event) => {
            for (const observer of observers) observer(event);
          },
        }),
  };
}

interface FrontParts {
  readonly config: Config;
  readonly checks: HealthChecks | undefined;
  readonly metrics: Metrics | undefined;
  readonly tracing: Tracing | undefined;
}

/** Without any of these the registry itself. */
function front(registry: Pick<Registry, 'handle'>, parts: FrontParts): Pick<Registry, 'handle'> {
  const { config, checks, metrics, tracing } = parts;
  const { storageDriver, file, http, tcp } = config.health;
  let { handle } = registry;
  if (metrics !== undefined) {
    const inner = handle;
    handle = (req, res) => {
      metrics.begin(req, res);
      inner(req, res);
    };
  }
  const hasChecks = storageDriver.enabled || file.length + http.length + tcp.length > 0;
  if (checks !== undefined && hasChecks) handle = closeWhileUnhealthy(handle, checks);
  if (tracing !== undefined) handle = traceRequests(handle, tracing);
  return { handle };
}
