import type { StorageDriver } from '@outrigger/driver';
import type { DailyWindow, Logger, Policies, Presence, PullRecorder, Registry } from '@outrigger/registry';
import {
  InvalidTagPatternError,
  compilePolicies,
  createPullRecorder,
  isGlob,
  parseWindow,
} from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import { issuesOfStore } from '../config/stores.js';

export interface PreparedRetention {
  readonly policies: Policies;
  readonly window: DailyWindow | undefined;
  /** Whether anything depends on when it was pulled. */
  readonly needsPulls: boolean;
}

/**
 * The policies of the configuration; undefined when there are none.
 *
 * @throws ConfigError
 */
export async function prepareRetention({
  retention,
  layout,
}: Pick<Config, 'retention' | 'layout'>): Promise<PreparedRetention | undefined> {
  const { policies, window: text } = retention;
  if (policies.length === 0) return undefined;
  if (layout !== 'distribution')
    throw wrong(
      'policies',
      'needs the layout distribution: OCI image layouts do not say when something was pushed',
    );
  for (const [index, { repositories }] of policies.entries())
    if (!repositories.every(isGlob))
      throw wrong(
        `policies[${String(index)}].repositories`,
        'a repository is a name in which * and ** may stand for others',
      );
  const window = text === undefined ? undefined : parseWindow(text);
  if (text !== undefined && window === undefined)
    throw wrong('window', 'must be two times of a day, such as 02:00-05:00');
  try {
    return { policies: await compilePolicies(policies), window, needsPulls: policies.some(asksForPulls) };
  } catch (error) {
    if (!(error instanceof InvalidTagPatternError)) throw error;
    throw wrong(`policies${error.key}`, error.message);
  }
}

/**
 * Whether the policies of all stores are right.
 *
 * @throws ConfigError
 */
export async function checkRetention(config: Config): Promise<void> {
  await prepareRetention(config);
  for (const [index, store] of config.stores.entries()) {
    try {
      await prepareRetention(store.config);
    } catch (error) {
      throw error instanceof ConfigError ? new ConfigError(issuesOfStore(error.issues, index)) : error;
    }
  }
}

export interface RetentionParts {
  readonly prepared: PreparedRetention | undefined;
  readonly driver: StorageDriver;
  readonly log: Logger;
  readonly presence: Presence;
  /** Of the store; undefined: the main one. */
  readonly prefix: string | undefined;
}

/** Retention in a running registry. */
export interface Retention {
  /** For the registry; undefined when nothing depends on pulls. */
  readonly pulls: PullRecorder | undefined;
  /** Begins to apply the policies. In one process of a host: one that serves, since it tells of what it deletes as of what clients delete. */
  start(registry: Pick<Registry, 'startRetainer'>): void;
  close(): Promise<void>;
}

const SHORTEST_INTERVAL_MS = 1000;

/** Undefined without policies, and where this registry changes nothing: read-only, or a cache of another one. */
export function createRetention(
  { retention, storage, proxy }: Pick<Config, 'retention' | 'storage' | 'proxy'>,
  { prepared, driver, log, presence, prefix }: RetentionParts,
): Retention | undefined {
  const isCache = proxy !== undefined && prefix === undefined;
  if (prepared === undefined || storage.readOnly || isCache) return undefined;
  const { policies, window, needsPulls } = prepared;
  const pulls = needsPulls
    ? // Of all repositories: a policy that comes later must not take what was not recorded for not pulled.
      createPullRecorder({ driver, log, presence, isWanted: () => true })
    : undefined;
  let retainer: ReturnType<Registry['startRetainer']> | undefined;
  return {
    pulls,
    start(registry) {
      const intervalMs = Math.max(retention.intervalMs, SHORTEST_INTERVAL_MS);
      retainer = registry.startRetainer({ ...retention, intervalMs, window, policies }, prefix);
    },
    async close() {
      await retainer?.close();
      await pulls?.close();
    },
  };
}

function asksForPulls({ keepTags, keepUntagged }: Config['retention']['policies'][number]): boolean {
  return [...keepTags, ...(keepUntagged === undefined ? [] : [keepUntagged])].some(
    ({ pulledWithinMs, mostRecentlyPulledCount }) =>
      pulledWithinMs !== undefined || mostRecentlyPulledCount !== undefined,
  );
}

function wrong(key: string, message: string): ConfigError {
  return new ConfigError([{ key: `outrigger.retention.${key}`, where: '', message }]);
}
