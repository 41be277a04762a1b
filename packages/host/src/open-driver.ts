import type { Capabilities, Parameters, StorageDriver } from '@outrigger/driver';
import { checkDriver } from '@outrigger/driver';
import type { DataPlane } from '@outrigger/ipc/host';
import { discover, locate } from './discover.js';
import type { DriverProcess } from './driver-process.js';
import { nameOfExecutable } from './driver-name.js';
import { DriverMetrics, residentBytes } from './metrics.js';
import type { DriverMetricsSnapshot } from './metrics.js';
import type { DriverHostOptions } from './options.js';
import type { ParentDeathPrefix } from './parent-death.js';
import { findParentDeathPrefix } from './parent-death.js';
import type { ExecutableCache } from './prepare-executable.js';
import { prepareExecutable } from './prepare-executable.js';
import { createRetryingDriver } from './retrying-driver.js';
import { toSettings } from './settings.js';
import { startProcess } from './start-process.js';
import type { DriverState } from './supervisor.js';
import { Supervisor } from './supervisor.js';
import { Watchdog } from './watchdog.js';

export interface OpenDriverOptions extends DriverHostOptions {
  /**
   * Name of a driver; or, since it has a slash, the path of an executable, which is for what a person typed: a configuration
   * names drivers (see `DriverRegistry`).
   */
  readonly driver: string;
  readonly parameters?: Parameters | undefined;
}

export interface DriverStatus {
  readonly state: DriverState;
  /** As the driver calls itself. */
  readonly name: string;
  readonly version: string;
  readonly protocolVersion: number;
  readonly dataPlanes: readonly DataPlane[];
  /** Where it was found, and the file that this resolves to. */
  readonly path: string;
  readonly realPath: string;
  /** Absent while no process serves. */
  readonly pid?: number | undefined;
  readonly restarts: number;
  /** Why the last process ended or did not start. */
  readonly lastError?: string | undefined;
}

/** A driver in a process of its own, which is started again when it ends. */
export interface SupervisedDriver extends StorageDriver {
  /** Never waits. */
  status(): DriverStatus;
  metrics(): Promise<DriverMetricsSnapshot>;
  /** Puts a new process, of a new executable perhaps, in the place of the running one without losing a call. */
  restart(): Promise<void>;
}

/**
 * Finds, checks and starts a driver, and keeps it running until `close`.
 *
 * @throws InvalidStorageDriverError there is none of that name
 * @throws RefusedExecutableError it may not be run
 * @throws DriverStartError, IncompatibleVersionError, InvalidParametersError it did not start
 */
export async function openDriver(options: OpenDriverOptions): Promise<SupervisedDriver> {
  const settings = toSettings(options);
  const { log, timings } = settings;
  const cache: ExecutableCache = new Map();
  const isPath = options.driver.includes('/');
  const driver = isPath ? (nameOfExecutable(options.driver) ?? 'unnamed') : options.driver;
  const watchdog = new Watchdog((reason) => {
    log.warn({ driver }, `the watchdog of a storage driver ended: ${reason}`);
  });
  let newest: DriverProcess | undefined;
  let prefixFound: Promise<ParentDeathPrefix> | undefined;

  const start = async (signal: AbortSignal) => {
    const found = await (isPath ? locate(options.driver) : discover(driver, settings));
    const prefix = await (prefixFound ??= findParentDeathPrefix());
    const executable = await prepareExecutable(found, { driver, settings, cache, prefix });
    const { parameters = {} } = options;
    newest = await startProcess({ driver, executable, parameters, settings, prefix, watchdog, signal });
    return newest;
  };
  const supervisor = new Supervisor({ driver, start, timings, log });
  const metrics = new DriverMetrics(driver);
  const close = async () => {
    await supervisor.close();
    watchdog.stop();
  };
  try {
    await supervisor.open();
  } catch (error) {
    await close();
    throw error;
  }
  return supervised(options, { supervisor, metrics, close, newest: () => newest });
}

interface Parts {
  readonly supervisor: Supervisor;
  readonly metrics: DriverMetrics;
  readonly close: () => Promise<void>;
  readonly newest: () => DriverProcess | undefined;
}

function supervised(options: OpenDriverOptions, parts: Parts): SupervisedDriver {
  const { supervisor, metrics, close, newest } = parts;
  const remote = newest()?.remote;
  const retrying = createRetryingDriver({
    name: remote?.name ?? options.driver,
    supervisor,
    metrics,
    capabilities: () => withoutLocalFiles(newest()?.remote.capabilities ?? {}),
    close,
  });
  const checked = checkDriver(retrying, (call) => {
    metrics.observe(call);
    options.observe?.(call);
  });
  return Object.assign(checked, {
    status: () => toStatus(options.driver, supervisor, newest()),
    async metrics() {
      const { current, restarts } = supervisor;
      const rssBytes = current === undefined ? undefined : await residentBytes(current.pid);
      return metrics.snapshot({ restarts, rssBytes });
    },
    restart: () => supervisor.restart(),
  });
}

/** The host reads local files by itself, on the file plane: nobody else is told where they are. */
function withoutLocalFiles({
  localFiles: _localFiles,
  roots: _roots,
  ...others
}: Capabilities): Capabilities {
  return others;
}

function toStatus(driver: string, supervisor: Supervisor, newest: DriverProcess | undefined): DriverStatus {
  const { state, current, restarts, lastError } = supervisor;
  const { remote, executable } = newest ?? {};
  return {
    state,
    name: remote?.name ?? driver,
    version: remote?.version ?? '',
    protocolVersion: remote?.protocolVersion ?? 0,
    dataPlanes: remote?.dataPlanes ?? [],
    path: executable?.path ?? '',
    realPath: executable?.realPath ?? '',
    ...(current === undefined || current.isLost ? {} : { pid: current.pid }),
    restarts,
    ...(lastError === undefined ? {} : { lastError: lastError.message }),
  };
}
