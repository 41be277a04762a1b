import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { CollectListener, Collected, GarbageSource, Presence, Removal } from '@outrigger/registry';
import {
  ALWAYS_ALONE,
  UnreadableManifestError,
  collectGarbage,
  openGarbage,
  openLayout,
} from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load-config.js';
import { createDriver } from '../drivers/create-driver.js';
import { hostOptions } from '../drivers/host-options.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { createLog } from '../log/create-log.js';
import { warnOfOtherLayout } from '../serve/other-layout.js';
import { connectRedis } from '../serve/redis.js';
import { createReport } from './garbage-collect-report.js';
import { tellRedis } from './tell-redis.js';
import { whilePresent } from './while-present.js';

export interface GarbageCollectFlags {
  readonly dryRun: boolean;
  readonly deleteUntagged: boolean;
  readonly quiet: boolean;
}

/**
 * Collects the garbage of the stores that a configuration names, one after the other. Nobody may write to them meanwhile.
 *
 * @throws CommandError when anything in a store cannot be read: nothing is deleted there then; or when a delete fails
 */
export async function runGarbageCollect(file: string | undefined, flags: GarbageCollectFlags): Promise<void> {
  const { config } = await loadConfig(file, process.env);
  await collectStore(config, flags);
  for (const store of config.stores) {
    if (!flags.quiet) process.stdout.write(`\nstore ${store.prefix}\n`);
    await collectStore(store.config, flags);
  }
}

async function collectStore(config: Config, flags: GarbageCollectFlags): Promise<void> {
  const output = createLog({ ...config.log, level: 'warn' });
  const driver = openLayout(
    await createDriver(config, { ...hostOptions(config, process.env), log: output.log }),
    config.layout,
  );
  const garbageOf = (presence: Presence) =>
    openGarbage(driver, { log: output.log, presence, layout: config.layout });
  try {
    await warnOfOtherLayout(driver, config.layout, output.log);
    if (flags.dryRun) await collect(driver, garbageOf(ALWAYS_ALONE), flags);
    else
      await whilePresent({ config, driver, log: output.log }, async (presence) => {
        if (presence.others > 0) process.stderr.write(OTHERS);
        const removed = await collect(driver, garbageOf(presence), flags);
        const redis = await connectRedis(config, output.log);
        if (redis === undefined) return;
        await tellRedis(redis, output.log, removed);
        await redis.close();
      });
  } finally {
    await driver.close();
    output.flush();
  }
}

const OTHERS =
  'outrigger: a registry runs on this store. What is pushed to it now may be lost, unless it is read-only; ' +
  'outrigger.gc in its configuration collects while it runs.\n';

/** @returns what was removed */
async function collect(
  driver: StorageDriver,
  garbage: GarbageSource,
  { dryRun, deleteUntagged, quiet }: GarbageCollectFlags,
): Promise<readonly Removal[]> {
  const start = performance.now();
  const report = createReport({ dryRun, quiet });
  const removed: Removal[] = [];
  const listener: CollectListener = {
    ...report.listener,
    removing(what) {
      removed.push(what);
      report.listener.removing?.(what);
    },
  };
  let collected: Collected;
  try {
    collected = await collectGarbage({ driver, garbage, dryRun, deleteUntagged, listener });
  } catch (error) {
    if (!(error instanceof UnreadableManifestError) && !isStorageError(error)) throw error;
    const outcome = report.isDeleting()
      ? 'what was deleted before was garbage; the rest stays until the next time'
      : 'nothing was deleted';
    throw new CommandError(`failed to garbage collect: ${error.message}: ${outcome}`, EXIT.failed, error);
  } finally {
    report.end();
  }
  report.summary(collected, (performance.now() - start) / 1000);
  return removed;
}
