import { isDeepStrictEqual } from 'node:util';
import type { StorageDriver } from '@outrigger/driver';
import type { DriverSearch } from '@outrigger/host';
import type { Logger } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load-config.js';
import { storagesOf } from '../config/stores.js';
import { hostOptions } from '../drivers/host-options.js';
import type { AuditLog } from './audit-log.js';
import type { ControlledDriver, ReloadedDriver } from './control-protocol.js';
import { describeDriver } from './describe-driver.js';
import type { ServeOptions } from './serve-options.js';
import { supervisedDriver } from './supervised-driver.js';

/** What the other processes of the registry are asked too. */
export interface ReloadRequest {
  readonly search: DriverSearch;
  readonly onlyIfChanged: boolean;
  /** Index of the store whose driver it is. Default: the main one. */
  readonly store?: number;
}

/** The drivers of the same stores in other processes of the registry. */
export interface OtherDrivers {
  status(): Promise<ControlledDriver[]>;
  /** One after the other; those that could not say why. */
  reload(
    request: ReloadRequest,
  ): Promise<{ readonly drivers: ControlledDriver[]; readonly failures: string[] }>;
}

export interface ReloadParts {
  /** The driver, under the name of the configuration. */
  readonly driver: StorageDriver;
  readonly name: string;
  readonly log: Logger;
  readonly audit: AuditLog | undefined;
  /** Undefined: this process is the whole registry. */
  readonly others: OtherDrivers | undefined;
  /** How executables are found, as the configuration says by now. */
  readonly search: () => Promise<DriverSearch>;
}

export type ReloadCause = 'command' | 'SIGHUP';

/**
 * Puts new processes of the driver in the places of those that run. At a SIGHUP, which may come for other reasons too, only where
 * the executable is another one than that which runs.
 *
 * @throws Error in a sentence why not. What ran then runs on
 */
export type DriverReload = (cause: ReloadCause) => Promise<ReloadedDriver>;

/** One reload at a time; the next one waits. */
export function createDriverReload(parts: ReloadParts): DriverReload {
  let last: Promise<unknown> = Promise.resolve();
  return (cause) => {
    const next = last.then(() => logged(parts, cause));
    last = next.catch(() => undefined);
    return next;
  };
}

/** Why there is nothing to be reloaded, if so. */
export function whyNotReloadable(driver: StorageDriver, name: string): string | undefined {
  if (supervisedDriver(driver) === undefined)
    return `${name} runs inside the registry, not as a program of its own: only a restart of the registry takes a new version`;
  // Its content is the memory of its process.
  if (driver.name === 'inmemory') return `${name} has its content in its process: a new one would be empty`;
  return undefined;
}

async function logged(parts: ReloadParts, cause: ReloadCause): Promise<ReloadedDriver> {
  const { driver, name, log, audit } = parts;
  const before = describeDriver(driver, name);
  const entry = { action: 'reload', driver: name, agent: cause, former: before.version } as const;
  log.info({ driver: name, cause }, 'a reload of the storage driver was asked for');
  try {
    const after = await reload(parts, cause);
    const { pid, version, realPath } = after;
    const fields = { driver: name, cause, pid, version, former: before.version, path: realPath };
    if (pid === before.pid) log.info(fields, 'the storage driver is the one that runs already');
    else {
      log.info(fields, 'the storage driver was replaced');
      audit?.record({ ...entry, result: 'ok', version, path: realPath });
    }
    return after;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown reason';
    log.error(
      { driver: name, cause, err: error },
      'the storage driver was not replaced, the one that runs stays',
    );
    audit?.record({ ...entry, result: 'failed', reason });
    throw error;
  }
}

async function reload(
  { driver, name, others, search }: ReloadParts,
  cause: ReloadCause,
): Promise<ReloadedDriver> {
  const obstacle = whyNotReloadable(driver, name);
  if (obstacle !== undefined) throw new Error(obstacle);
  const request = { search: await search(), onlyIfChanged: cause === 'SIGHUP' };
  await supervisedDriver(driver)?.reload(request);
  const own = describeDriver(driver, name);
  if (others === undefined) return own;
  const { drivers, failures } = await others.reload(request);
  if (failures.length === 0) return { ...own, others: drivers };
  throw new Error(`not all processes of the registry have the new driver: ${failures.join('; ')}`);
}

/**
 * Reads the configuration again, for the digests that are pinned and the directories in it: those of a new version are not known
 * when the registry starts. All else of it waits for the next start.
 */
export function readSearch(
  { file, environment }: Pick<ServeOptions, 'file' | 'environment'>,
  running: Config,
  log: Logger,
): () => Promise<DriverSearch> {
  return async () => {
    const { config } = await loadConfig(file, environment);
    if (!isDeepStrictEqual(driversIn(config), driversIn(running)))
      log.warn(
        {},
        'the storage section of the configuration has changed: a start of the registry takes that, no reload',
      );
    const { driverDirectories, pins } = hostOptions(config, environment);
    return { driverDirectories, pins };
  };
}

function driversIn(config: Config): unknown {
  return storagesOf(config).map(({ driver, parameters }) => ({ driver, parameters }));
}

/** @returns ends it */
export function reloadAtHangUp(
  reload: DriverReload,
  parts: Pick<ReloadParts, 'driver' | 'name'>,
): () => void {
  const onHangUp = () => {
    // Of a driver without a program nobody has asked for a reload.
    if (whyNotReloadable(parts.driver, parts.name) === undefined) reload('SIGHUP').catch(() => undefined);
  };
  process.on('SIGHUP', onHangUp);
  return () => void process.off('SIGHUP', onHangUp);
}
