import type { Decision, Deleted, RetentionPass } from '@outrigger/registry';
import { ClockSkewError, applyPolicies, formatDecision, isGlob, matchesGlob } from '@outrigger/registry';
import { isStorageError } from '@outrigger/driver';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load-config.js';
import { createDriver } from '../drivers/create-driver.js';
import { hostOptions } from '../drivers/host-options.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { storeOf } from '../config/stores.js';
import { createLog } from '../log/create-log.js';
import { connectRedis } from '../serve/redis.js';
import { checkRetention, prepareRetention } from '../serve/retention.js';
import { tellRedis } from './tell-redis.js';
import { whilePresent } from './while-present.js';

export interface RetentionFlags {
  readonly dryRun: boolean;
  /** What stays is told, too. */
  readonly explain: boolean;
  readonly json: boolean;
  /** A glob. */
  readonly repository?: string | undefined;
}

/**
 * Applies the policies of a configuration to its stores, once. Registries may run on them meanwhile.
 *
 * @throws ConfigError; CommandError when anything could not be done
 */
export async function runRetention(file: string | undefined, flags: RetentionFlags): Promise<void> {
  const { config } = await loadConfig(file, process.env);
  await checkRetention(config);
  const { repository } = flags;
  if (repository !== undefined && !isGlob(repository))
    throw new CommandError('--repository is a name in which * and ** may stand for others', EXIT.usage);
  const stores = withRetention(config);
  if (stores.length === 0)
    throw new CommandError('outrigger.retention.policies is empty: everything stays', EXIT.config);
  for (const { prefix, config: own } of stores) {
    const isChosen = (name: string) =>
      storeOf(config, name) === prefix && (repository === undefined || matchesGlob(repository, name));
    await retainStore(own, isChosen, flags);
  }
}

interface Store {
  /** Undefined: the main one. */
  readonly prefix: string | undefined;
  readonly config: Config;
}

function withRetention(config: Config): Store[] {
  const all = [{ prefix: undefined, config }, ...config.stores];
  return all.filter((store) => store.config.retention.policies.length > 0);
}

async function retainStore(
  config: Config,
  isChosen: (name: string) => boolean,
  flags: RetentionFlags,
): Promise<void> {
  const prepared = await prepareRetention(config);
  if (prepared === undefined) return;
  const output = createLog({ ...config.log, level: 'warn' });
  const driver = await createDriver(config, { ...hostOptions(config, process.env), log: output.log });
  const report = createReport(flags);
  const { log } = output;
  const { delayMs, deletesPerSecond } = config.retention;
  const { dryRun } = flags;
  const options = { driver, log, delayMs, deletesPerSecond, dryRun, isChosen };
  const parts = { ...options, policies: prepared.policies, listener: report };
  try {
    const pass = dryRun
      ? await applyPolicies(parts)
      : await whilePresent({ config, driver, log }, async (presence) => {
          const done = await applyPolicies({ ...parts, presence });
          const redis = await connectRedis(config, log);
          if (redis !== undefined) await tellRedis(redis, log, report.manifests);
          await redis?.close();
          return done;
        });
    report.end(pass);
  } catch (error) {
    if (!(error instanceof ClockSkewError) && !isStorageError(error)) throw error;
    throw new CommandError(`retention: ${error.message}`, EXIT.failed, error);
  } finally {
    await driver.close();
    output.flush();
  }
}

interface Report {
  decided(decision: Decision): void;
  deleted(what: Deleted): void;
  failed(repository: string, error: unknown): void;
  /** @throws CommandError when a repository failed */
  end(pass: RetentionPass): void;
  /** Those that are gone. */
  readonly manifests: { readonly kind: 'manifest'; readonly name: string; readonly digest: string }[];
}

/** In a dry run, and for what stays, a decision is a line; else a line is what has happened. */
function createReport({ dryRun, explain, json }: RetentionFlags): Report {
  const start = performance.now();
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const tell = (decision: Decision) => {
    say(json ? JSON.stringify(toJson(decision)) : formatDecision(decision));
  };
  const manifests: Report['manifests'] = [];
  return {
    manifests,
    decided(decision) {
      if (decision.keeps ? explain : dryRun) tell(decision);
    },
    deleted(what) {
      if (what.tag === undefined)
        manifests.push({ kind: 'manifest', name: what.repository, digest: what.digest });
      tell({ ...what, keeps: false });
    },
    failed(repository, error) {
      const why = error instanceof Error ? error.message : 'unknown reason';
      process.stderr.write(`outrigger: ${repository} stays as it is: ${why}\n`);
    },
    end(pass) {
      const seconds = (performance.now() - start) / 1000;
      say(json ? JSON.stringify({ summary: pass, dryRun, seconds }) : summarize(pass, { dryRun, seconds }));
      if (pass.failures > 0)
        throw new CommandError(
          `${String(pass.failures)} repositories could not be gone through`,
          EXIT.failed,
        );
    },
  };
}

function toJson({ repository, tag, digest, keeps, reason, pushed }: Decision): unknown {
  const time = pushed === undefined ? undefined : new Date(pushed).toISOString();
  return { decision: keeps ? 'keep' : 'delete', repository, tag, digest, pushed: time, reason };
}

function summarize(
  { repositories, tags, manifests }: RetentionPass,
  { dryRun, seconds }: { readonly dryRun: boolean; readonly seconds: number },
): string {
  const took = `${String(repositories)} repositories in ${seconds.toFixed(1)} s`;
  const of = ({ kept, going, deleted }: RetentionPass['tags'], what: string) =>
    `${String(dryRun ? going : deleted)} of ${String(kept + going)} ${what}`;
  const gone = `${of(tags, 'tags')} and ${of(manifests, 'untagged manifests')}`;
  return dryRun ? `dry run: would delete ${gone}; looked at ${took}` : `deleted ${gone}; ${took}`;
}
