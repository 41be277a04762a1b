import type { StorageDriver } from '@outrigger/driver';
import type { Family, Registry, RegistryOptions } from '@outrigger/registry';
import { createRegistry } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { Environment } from '../config/overrides.js';
import type { Log } from '../log/create-log.js';
import { applyMiddleware } from '../middleware/apply-middleware.js';
import { createAuth } from './auth.js';
import type { Closing } from './closing.js';
import { createGarbageCollection } from './gc.js';
import { createWebhooks } from './notifications.js';
import type { Observation } from './observe.js';
import { findPresence } from './presence.js';
import { createPullThrough } from './proxy.js';
import { startPurge } from './purge.js';
import { connectRedis } from './redis.js';
import { uploadSecret } from './secret.js';
import { validationOptions } from './validation.js';

type Prepared = Pick<RegistryOptions, 'access' | 'pullThrough' | 'references' | 'urlRules'>;

/**
 * The parts that need no driver: what is wrong with them is said before one is started.
 *
 * @throws ConfigError, CommandError
 */
export async function prepareParts(
  config: Config,
  { log, environment }: { readonly log: Log['log']; readonly environment: Environment },
): Promise<Prepared> {
  const access = await createAuth(config, { log, tell: (text) => void process.stderr.write(text) });
  const validation = await validationOptions(config.validation);
  const pullThrough = await createPullThrough(config, { log, environment });
  return { ...validation, access, pullThrough };
}

export interface AssemblyParts {
  readonly prepared: Prepared;
  readonly driver: StorageDriver;
  readonly observation: Observation;
  readonly log: Log['log'];
  /** Takes what is opened here. */
  readonly closing: Closing;
  /** Undefined: this process is the whole registry. */
  readonly worker?: WorkerParts | undefined;
}

/** What a process has from the one that has started it, and that does all that is done once on a host. */
export interface WorkerParts {
  readonly family: Family;
  /** From 1. */
  readonly number: number;
  readonly secret: Uint8Array;
}

export interface Assembled {
  readonly registry: Registry;
  /** Begins the work that goes on beside that for clients. */
  readonly begin: () => void;
}

/**
 * Puts a registry together from what the configuration asks for.
 *
 * @throws ConfigError, CommandError
 */
export async function assemble(config: Config, parts: AssemblyParts): Promise<Assembled> {
  const { prepared, driver, observation, log, closing, worker } = parts;
  const presence = await findPresence(config, driver, log, worker?.family.id);
  closing.add('presence', () => presence.close());
  const secret = worker?.secret ?? (await uploadSecret(config.http.secret, { driver, log, presence }));
  const redis = await connectRedis(config, log);
  closing.add('redis', () => redis?.close());
  const webhooks = createWebhooks(config, driver, log, worker?.number);
  closing.add('notifications', () => webhooks?.close());
  const onDeleted = inTurn(observation.onDeleted, redis?.onDeleted);
  const garbage = createGarbageCollection(config, { driver, log, onDeleted });
  closing.add('gc', () => garbage?.close());
  if (redis !== undefined) garbage?.gate.listen({ frozen: () => undefined, removed: redis.onRemoved });
  const { pullThrough } = prepared;
  closing.add('proxy', () => pullThrough?.close());
  const registry = createRegistry({
    ...settingsOf(config),
    ...prepared,
    ...(await applyMiddleware(config, observation.watch(driver), { log, closing })),
    ...observation.registryOptions,
    listeners: [webhooks?.listener, redis?.listener, ...observation.listeners].filter(isGiven),
    gate: garbage?.gate,
    secret,
    log,
    presence,
    family: worker?.family,
  });
  redis?.subscribe(registry.forget);
  observation.metrics?.addNotifications(() => webhooks?.snapshot() ?? []);
  observation.metrics?.addRedis(redis?.snapshot);
  observation.metrics?.addCache(registry.cacheCounts);
  return {
    registry,
    begin() {
      void webhooks?.recover();
      pullThrough?.start();
      if (worker !== undefined) return;
      garbage?.start(presence);
      const { readOnly, uploadPurging } = config.storage;
      const purge = readOnly ? undefined : startPurge(uploadPurging, { driver, log });
      closing.add('purge', () => purge?.close());
    },
  };
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

function settingsOf(config: Config): Omit<RegistryOptions, 'driver' | 'secret' | 'log'> {
  const { storage, http, limits, cache } = config;
  return {
    deleteEnabled: storage.deleteEnabled,
    readOnly: storage.readOnly,
    redirect: storage.redirect,
    // Only for those who may read everything.
    anonymousMount: true,
    catalogMaxEntries: config.catalogMaxEntries,
    tagsMax: config.tagsMax,
    manifestLimit: limits.manifestSize,
    blobLimit: limits.blobSize,
    uploadsPerUser: limits.uploadsPerUser,
    memory: { factsMs: cache.linkTtlMs, contentBytes: cache.contentBytes },
    patienceMs: limits.patienceMs,
    relativeUrls: http.relativeUrls,
    host: http.host,
    prefix: http.prefix,
  };
}
