import type { StorageDriver } from '@outrigger/driver';
import type { Notifications, Presence, Registry, RegistryOptions } from '@outrigger/registry';
import { createRegistry } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { formatIssue } from '../config/config-error.js';
import type { LoadedConfig } from '../config/load-config.js';
import { loadConfig } from '../config/load-config.js';
import type { Environment } from '../config/overrides.js';
import { createDriver } from '../drivers/create-driver.js';
import { hostOptions } from '../drivers/host-options.js';
import type { Log } from '../log/create-log.js';
import { createLog } from '../log/create-log.js';
import { applyMiddleware } from '../middleware/apply-middleware.js';
import { readVersion } from '../version.js';
import { createAccessLog } from './access-log.js';
import type { Serving } from './announce.js';
import { announcement, servingFields } from './announce.js';
import { createAuth } from './auth.js';
import type { FaultCatcher } from './catch-faults.js';
import { catchFaults } from './catch-faults.js';
import { createWebhooks } from './notifications.js';
import type { Observation } from './observe.js';
import { startObservation } from './observe.js';
import type { GarbageCollection } from './gc.js';
import { createGarbageCollection } from './gc.js';
import { openServer } from './open-server.js';
import { findPresence } from './presence.js';
import { createPullThrough } from './proxy.js';
import type { Repeated } from './purge.js';
import { startPurge } from './purge.js';
import type { RedisLink } from './redis.js';
import { connectRedis } from './redis.js';
import { uploadSecret } from './secret.js';
import type { StopSignals } from './stop-signals.js';
import { catchStopSignals } from './stop-signals.js';
import { trustForwarded } from './trusted-proxies.js';
import { validationOptions } from './validation.js';

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
  const signals = catchStopSignals(output.flush);
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
  const { config } = loaded;
  const access = await createAuth(config, { log, tell: (text) => void process.stderr.write(text) });
  const validation = await validationOptions(config.validation);
  const pullThrough = await createPullThrough(config, { log, environment: options.environment });
  const observation = await startObservation(config, { log, environment: options.environment });
  const driver = await createObserved(options, config, { log, observation });
  faults.cleanUp = () => driver.close();
  let presence: Presence | undefined;
  let webhooks: Notifications | undefined;
  let garbage: GarbageCollection | undefined;
  let purge: Repeated | undefined;
  let redis: RedisLink | undefined;
  try {
    if (signals.received) return;
    presence = await findPresence(config, driver, log);
    const secret = await uploadSecret(config.http.secret, { driver, log, presence });
    redis = await connectRedis(config, log);
    webhooks = createWebhooks(config, driver, log);
    const listeners = [webhooks?.listener, redis?.listener, ...observation.listeners].filter(isGiven);
    observation.metrics?.addNotifications(() => webhooks?.snapshot() ?? []);
    const onDeleted = inTurn(observation.onDeleted, redis?.onDeleted);
    garbage = createGarbageCollection(config, { driver, log, onDeleted });
    if (redis !== undefined) garbage?.gate.listen({ frozen: () => undefined, removed: redis.onRemoved });
    const used = observation.watch(driver);
    const parts = {
      ...applyMiddleware(config, used),
      ...validation,
      ...observation.registryOptions,
      listeners,
      gate: garbage?.gate,
      pullThrough,
    };
    const registry = createRegistryFor(config, { ...parts, secret, log, presence, access });
    redis?.subscribe(registry.forget);
    observation.metrics?.addRedis(redis?.snapshot);
    const accessLog = config.log.accessLog ? createAccessLog(log, config.log) : undefined;
    const { environment } = options;
    const front = observation.front(registry);
    observation.metrics?.addCache(registry.cacheCounts);
    await observation.openDebug();
    const handle = trustForwarded(config.trustedProxies, front.handle);
    const server = await openServer(config, { registry: { handle }, accessLog, log, environment });
    const { address } = server;
    await observation.serving({ address, file: loaded.file });
    announce({ ...loaded, version: readVersion(), driver, address }, options, log);
    await server.ready();
    void webhooks?.recover();
    garbage?.start(presence);
    pullThrough?.start();
    purge = config.storage.readOnly ? undefined : startPurge(config.storage.uploadPurging, { driver, log });
    log.info({ signal: await signals.asked }, 'stopping when the requests in flight have ended');
    observation.drain();
    await server.stop();
    await idle(registry);
    accessLog?.flush();
  } finally {
    await Promise.all([garbage?.close(), purge?.close(), pullThrough?.close()]);
    await webhooks?.close();
    await presence?.close();
    await redis?.close();
    await observation.close();
    await driver.close();
  }
}

function isGiven<T>(part: T | undefined): part is T {
  return part !== undefined;
}

/** Undefined when nobody listens. */
function inTurn<T>(
  ...listeners: readonly (((what: T) => void) | undefined)[]
): ((what: T) => void) | undefined {
  const given = listeners.filter(isGiven);
  if (given.length === 0) return undefined;
  return (what) => {
    for (const listener of given) listener(what);
  };
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

function createRegistryFor(
  config: Config,
  parts: Pick<RegistryOptions, 'driver' | 'secret' | 'log'> & Partial<RegistryOptions>,
): Registry {
  const { storage, http } = config;
  return createRegistry({
    ...parts,
    deleteEnabled: storage.deleteEnabled,
    readOnly: storage.readOnly,
    redirect: storage.redirect,
    // Only for those who may read everything.
    anonymousMount: true,
    catalogMaxEntries: config.catalogMaxEntries,
    tagsMax: config.tagsMax,
    manifestLimit: config.limits.manifestSize,
    patienceMs: config.limits.patienceMs,
    relativeUrls: http.relativeUrls,
    host: http.host,
    prefix: http.prefix,
  });
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
