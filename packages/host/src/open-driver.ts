import type { Capabilities, Parameters, StorageDriver } from '@outrigger/driver';
import { checkDriver } from '@outrigger/driver';
import { discover, locate } from './discover.js';
import { nameOfExecutable } from './driver-name.js';
import type { DriverStatus } from './driver-status.js';
import { toStatus } from './driver-status.js';
import { DriverMetrics, residentBytes } from './metrics.js';
import type { DriverMetricsSnapshot } from './metrics.js';
import type { DriverHostOptions } from './options.js';
import type { ParentDeathPrefix } from './parent-death.js';
import { findParentDeathPrefix } from './parent-death.js';
import type { ExecutableCache, PreparedExecutable } from './prepare-executable.js';
import { prepareExecutable } from './prepare-executable.js';
import { createRetryingDriver } from './retrying-driver.js';
import type { HostSettings } from './settings.js';
import { toSettings } from './settings.js';
import { startProcess } from './start-process.js';
import { checkDescription, checkSuccessor, isSameExecutable } from './successor.js';
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

/** How much longer a description may take while another process serves. */
const PATIENCE = 6;

/** How an executable is found, and held to what is known of it. */
export type DriverSearch = Pick<DriverHostOptions, 'driverDirectories' | 'pins'>;

export interface ReloadOptions {
  /** From now on, if it leads to a driver that comes up. Default: as before. */
  readonly search?: DriverSearch | undefined;
  /** Nothing is done when the executable is the one that runs. */
  readonly onlyIfChanged?: boolean | undefined;
}

/** A driver in a process of its own, which is started again when it ends. */
export interface SupervisedDriver extends StorageDriver {
  /** Never waits. */
  status(): DriverStatus;
  metrics(): Promise<DriverMetricsSnapshot>;
  /**
   * Finds the executable anew, starts it, and puts it in the place of the running process without losing a call.
   *
   * @returns whether a new process runs
   * @throws as `openDriver`, and RefusedSuccessorError: the running process then stays
   */
  reload(options?: ReloadOptions): Promise<boolean>;
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
  let prefixFound: Promise<ParentDeathPrefix> | undefined;
  let search: DriverSearch = { driverDirectories: settings.driverDirectories, pins: settings.pins };

  const findPrefix = () => (prefixFound ??= findParentDeathPrefix());
  const find = async (changed: Partial<HostSettings>, signal: AbortSignal) => {
    const searching = { ...settings, ...changed };
    const found = await (isPath ? locate(options.driver) : discover(driver, searching));
    const prefix = await findPrefix();
    return prepareExecutable(found, { driver, settings: searching, cache, prefix, signal, watchdog });
  };
  const launch = async (executable: PreparedExecutable, signal: AbortSignal) => {
    const prefix = await findPrefix();
    const { parameters = {} } = options;
    return startProcess({ driver, executable, parameters, settings, prefix, watchdog, signal });
  };
  const start = async (signal: AbortSignal) => launch(await find(search, signal), signal);
  const supervisor = new Supervisor({ driver, start, timings, log });
  // Nobody waits for it: the running process serves.
  const patient = { ...timings, describeMs: timings.describeMs * PATIENCE };
  const reload = async ({ search: wanted = search, onlyIfChanged = false }: ReloadOptions = {}) => {
    const isReplaced = await supervisor.replace(async (signal, running) => {
      const executable = await find({ ...wanted, timings: patient }, signal);
      if (running !== undefined) {
        if (onlyIfChanged && isSameExecutable(executable, running)) return undefined;
        checkDescription(driver, executable, running);
      }
      const next = await launch(executable, signal);
      try {
        await checkSuccessor(driver, next, running, { timeoutMs: timings.startMs, signal });
      } catch (error) {
        await next.stop();
        throw error;
      }
      return next;
    });
    search = wanted;
    return isReplaced;
  };
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
  return supervised(options, { supervisor, metrics, close, reload });
}

interface Parts {
  readonly supervisor: Supervisor;
  readonly metrics: DriverMetrics;
  readonly close: () => Promise<void>;
  readonly reload: SupervisedDriver['reload'];
}

function supervised(options: OpenDriverOptions, parts: Parts): SupervisedDriver {
  const { supervisor, metrics, close } = parts;
  const retrying = createRetryingDriver({
    name: supervisor.newest?.remote.name ?? options.driver,
    supervisor,
    metrics,
    capabilities: () => withoutLocalFiles(supervisor.newest?.remote.capabilities ?? {}),
    close,
  });
  const checked = checkDriver(retrying, (call) => {
    metrics.observe(call);
    options.observe?.(call);
  });
  return Object.assign(checked, {
    status: () => toStatus(options.driver, supervisor),
    async metrics() {
      const { current, restarts, draining } = supervisor;
      const rssBytes = current === undefined ? undefined : await residentBytes(current.pid);
      return metrics.snapshot({ restarts, rssBytes, draining: draining.length });
    },
    async reload(reloadOptions?: ReloadOptions) {
      try {
        const isReplaced = await parts.reload(reloadOptions);
        if (isReplaced) metrics.reloaded('ok');
        return isReplaced;
      } catch (error) {
        metrics.reloaded('failed');
        throw error;
      }
    },
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
