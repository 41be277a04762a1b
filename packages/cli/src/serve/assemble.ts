import type { Family, PrefixedStore, Registry, RegistryOptions } from '@outrigger/registry';
import { createRegistry } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import type { Environment } from '../config/overrides.js';
import type { Log } from '../log/create-log.js';
import type { AssembledStore } from './assemble-store.js';
import { assembleStore } from './assemble-store.js';
import { createAuth } from './auth.js';
import type { Closing } from './closing.js';
import { createWebhooks } from './notifications.js';
import type { Observation } from './observe.js';
import type { OpenStores } from './open-store.js';
import { createPullThrough } from './proxy.js';
import type { RedisLink } from './redis.js';
import { connectRedis } from './redis.js';
import { checkRetention } from './retention.js';
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
  await checkRetention(config);
  const pullThrough = await createPullThrough(config, { log, environment });
  return { ...validation, access, pullThrough };
}

export interface AssemblyParts {
  readonly prepared: Prepared;
  readonly stores: OpenStores;
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
  const { prepared, stores, observation, log, closing, worker } = parts;
  const redis = await connectRedis(config, log);
  closing.add('redis', () => redis?.close());
  observation.watch(stores);
  const { main, others, all } = await assembleStores(parts, redis);
  const { driver, presence } = main.care;
  const secret = worker?.secret ?? (await uploadSecret(config.http.secret, { driver, log, presence }));
  const webhooks = createWebhooks(config, driver, log, worker?.number);
  closing.add('notifications', () => webhooks?.close());
  const { pullThrough } = prepared;
  closing.add('proxy', () => pullThrough?.close());
  const registry = createRegistry({
    ...settingsOf(config),
    ...prepared,
    ...main.options,
    ...observation.registryOptions,
    stores: others,
    listeners: [webhooks?.listener, redis?.listener, ...observation.listeners].filter(isGiven),
    secret,
    log,
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
      if (worker === undefined) for (const [at, { care }] of all.entries()) care.begin(registry.garbage[at]);
      // One that serves: what it deletes is told as what clients delete.
      if (worker === undefined || worker.number === 1)
        for (const { retention } of all) retention?.start(registry);
    },
  };
}

interface AssembledStores {
  readonly main: AssembledStore;
  readonly others: readonly PrefixedStore[];
  readonly all: readonly AssembledStore[];
}

async function assembleStores(
  { stores, observation, log, closing, worker }: AssemblyParts,
  redis: RedisLink | undefined,
): Promise<AssembledStores> {
  const parts = { observation, log, closing, redis, family: worker?.family };
  const [first, ...rest] = stores;
  const main = await assembleStore(first, parts);
  const all = [main];
  const others: PrefixedStore[] = [];
  for (const store of rest) {
    const other = await assembleStore(store, parts);
    all.push(other);
    others.push({ prefix: store.prefix, ...other.options });
  }
  return { main, others, all };
}

function isGiven<T>(part: T | undefined): part is T {
  return part !== undefined;
}

function settingsOf(
  config: Config,
): Omit<RegistryOptions, keyof AssembledStore['options'] | 'secret' | 'log'> {
  const { http, limits } = config;
  return {
    // Only for those who may read everything.
    anonymousMount: true,
    catalogMaxEntries: config.catalogMaxEntries,
    tagsMax: config.tagsMax,
    manifestLimit: limits.manifestSize,
    blobLimit: limits.blobSize,
    uploadsPerUser: limits.uploadsPerUser,
    patienceMs: limits.patienceMs,
    relativeUrls: http.relativeUrls,
    host: http.host,
    prefix: http.prefix,
  };
}
