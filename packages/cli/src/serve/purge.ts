import type { StorageDriver } from '@outrigger/driver';
import type { Logger } from '@outrigger/registry';
import { ClockSkewError, purgeAside, purgeUploads } from '@outrigger/registry';
import type { UploadPurgingConfig } from '../config/sections/storage.js';

export interface PurgeParts {
  readonly driver: StorageDriver;
  readonly log: Logger;
}

/** A task that comes again and again. */
export interface Repeated {
  /** Resolves when it is not at work any more. */
  close(): Promise<void>;
}

/** The first purge is somewhere in this time, so that the replicas of a store do not all begin at once. */
const MAX_JITTER_MS = 3_600_000;
/** A timer takes anything longer for no time at all. */
const LONGEST_MS = 2 ** 31 - 1;

/** Purges abandoned uploads, and what crashes left of deletes, as long as the registry runs; undefined when that is switched off. */
export function startPurge(config: UploadPurgingConfig, parts: PurgeParts): Repeated | undefined {
  const { enabled, ageMs, intervalMs, dryRun } = config;
  if (!enabled) return undefined;
  const { log } = parts;
  const controller = new AbortController();
  const { signal } = controller;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout;
  const run = async () => {
    try {
      const { uploads, errors } = await purgeUploads({ ...parts, ageMs, dryRun, signal });
      const halfDeleted = await purgeAside({ ...parts, dryRun, signal });
      log.info({ uploads, errors, halfDeleted, dryRun }, 'abandoned uploads were looked for');
    } catch (error) {
      if (signal.aborted) return;
      const skew = error instanceof ClockSkewError;
      log.error(skew ? {} : { err: error }, `uploads are not purged${skew ? `: ${error.message}` : ''}`);
    }
    schedule(intervalMs);
  };
  const schedule = (ms: number) => {
    if (signal.aborted) return;
    timer = setTimeout(
      () => {
        running = run();
      },
      Math.min(ms, LONGEST_MS),
    ).unref();
  };
  schedule(Math.random() * Math.min(MAX_JITTER_MS, intervalMs));
  return {
    async close() {
      controller.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
