import type { StorageDriver } from '@outrigger/driver';
import type { Registry } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { formatIssue } from '../config/config-error.js';
import type { LoadedConfig } from '../config/load-config.js';
import { loadConfig } from '../config/load-config.js';
import type { Environment } from '../config/overrides.js';
import { createDriver } from '../drivers/create-driver.js';
import { hostOptions } from '../drivers/host-options.js';
import type { Log } from '../log/create-log.js';
import { createLog } from '../log/create-log.js';
import { readVersion } from '../version.js';
import { createAccessLog } from './access-log.js';
import type { Serving } from './announce.js';
import { announcement, servingFields } from './announce.js';
import { assemble, prepareParts } from './assemble.js';
import type { FaultCatcher } from './catch-faults.js';
import { catchFaults } from './catch-faults.js';
import { createClosing } from './closing.js';
import type { Observation } from './observe.js';
import { startObservation } from './observe.js';
import { openServer } from './open-server.js';
import type { StopSignals } from './stop-signals.js';
import { catchStopSignals } from './stop-signals.js';
import { trustForwarded } from './trusted-proxies.js';

export interface ServeOptions {
  /** Path of the configuration. Default: REGISTRY_CONFIGURATION_PATH, or the built-in one. */
  readonly file: string | undefined;
  readonly environment: Environment;
  /** Every message between registry and driver goes to the log. */
  readonly trace: boolean;
  /** Takes what is said to a person. */
  readonly print: (text: string) => void;
}

/**
 * Runs the registry until SIGTERM or SIGINT. When it returns or throws, nothing of it is left running.
 *
 * @throws ConfigError, CommandError, and what creating a driver throws
 */
export async function serve(options: ServeOptions): Promise<void> {
  const loaded = await loadConfig(options.file, options.environment);
  const output = createLog(loaded.config.log);
  const signals = catchStopSignals(output.flush, process.stdout.isTTY && !hasFilesToReopen(loaded.config));
  const faults = catchFaults(output);
  try {
    for (const warning of loaded.warnings) output.log.warn({}, formatIssue(warning));
    await serveUntilAsked(options, loaded, { output, signals, faults });
    output.log.info({}, 'stopped');
  } finally {
    faults.dispose();
    signals.dispose();
    output.flush();
  }
}

/** Without any, a SIGHUP can only mean that the terminal is gone. */
function hasFilesToReopen({ http, auditLog }: Config): boolean {
  return http.tls !== undefined || (auditLog.enabled && auditLog.file !== undefined);
}

interface Surroundings {
  readonly output: Log;
  readonly signals: StopSignals;
  readonly faults: FaultCatcher;
}

async function serveUntilAsked(
  options: ServeOptions,
  loaded: LoadedConfig,
  { output: { log }, signals, faults }: Surroundings,
): Promise<void> {
  const { config, file } = loaded;
  const { environment } = options;
  const closing = createClosing(log);
  try {
    const prepared = await prepareParts(config, { log, environment });
    const observation = await startObservation(config, { log, environment });
    const driver = await createObserved(options, config, { log, observation });
    faults.cleanUp = () => driver.close();
    closing.add('driver', () => driver.close());
    closing.add('observation', () => observation.close());
    if (signals.received) return;
    const { registry, begin } = await assemble(config, { prepared, driver, observation, log, closing });
    const front = observation.front(registry);
    await observation.openDebug();
    const accessLog = config.log.accessLog ? createAccessLog(log, config.log) : undefined;
    closing.add('access log', () => accessLog?.flush());
    closing.add('registry', () => idle(registry));
    const handle = trustForwarded(config.trustedProxies, front.handle);
    const server = await openServer(config, { registry: { handle }, accessLog, log, environment });
    closing.add('server', () => server.stop());
    const { address } = server;
    await observation.serving({ address, file });
    announce({ ...loaded, version: readVersion(), driver, address }, options, log);
    await server.ready();
    begin();
    log.info({ signal: await signals.asked }, 'stopping when the requests in flight have ended');
    observation.drain();
  } finally {
    await closing.close();
  }
}

/** A driver that does not start leaves nothing of what was opened for it. */
async function createObserved(
  { environment, trace }: ServeOptions,
  config: Config,
  { log, observation }: { readonly log: Log['log']; readonly observation: Observation },
): Promise<StorageDriver> {
  try {
    return await createDriver(config, {
      ...hostOptions(config, environment),
      ...observation.hostOptions,
      log,
      ...(trace ? { trace: (entry) => log.info({ ...entry }, 'protocol') } : {}),
    });
  } catch (error) {
    await observation.close();
    throw error;
  }
}

/** A program that reads the log as JSON gets no other lines. */
function announce(serving: Serving, { print }: ServeOptions, log: Log['log']): void {
  if (serving.config.log.formatter === 'text') print(announcement(serving));
  else log.info(servingFields(serving), 'listening');
}

const IDLE_MS = 5_000;

/** Handlers whose client was cut off may still be at the driver; one that hangs there does not keep the process. */
async function idle(registry: Registry): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, IDLE_MS, undefined);
  await Promise.race([registry.close(), promise]);
  clearTimeout(timer);
}
