import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { listNames } from './list-directory.js';
import { findModTime } from '../gc/mod-time.js';
import { readStoreClock } from '../gc/store-clock.js';
import type { Logger } from '../logger.js';
import { newUploadId } from '../uploads/upload-id.js';
import { deleteIfPresent } from './delete-if-present.js';
import { orAbsent } from './or-absent.js';
import { DELETED, UPLOADS_CLOCK } from './paths.js';

/**
 * Takes a directory out of its place at once, so that it can be deleted file by file. Its new name says when.
 *
 * @returns where it lies then; undefined when it was not there
 */
export async function moveAside(driver: StorageDriver, directory: string): Promise<string | undefined> {
  const aside = `${DELETED}/${newUploadId()}`;
  return orAbsent(driver.move(directory, aside).then(() => aside));
}

export interface PurgeAsideOptions extends CallOptions {
  readonly driver: StorageDriver;
  readonly log: Logger;
  /** Tells, and deletes nothing. */
  readonly dryRun: boolean;
}

/** Far more than any delete takes, and than clocks differ. */
const LEFT_AFTER_MS = 24 * 3_600_000;

/**
 * Deletes what was put aside to be deleted, by a process that ended before it had done it.
 *
 * @returns how many directories are gone, or would be
 * @throws ClockSkewError; StorageError
 */
export async function purgeAside({ driver, log, dryRun, signal }: PurgeAsideOptions): Promise<number> {
  const names = await listNames(driver, DELETED, { signal });
  if (names.length === 0) return 0;
  const clock = dryRun ? { now: () => new Date() } : await readStoreClock(driver, UPLOADS_CLOCK);
  let count = 0;
  for (const name of names) {
    const path = `${DELETED}/${name}`;
    const since = timeOf(name) ?? (await findModTime(driver, path, signal));
    if (since === undefined || clock.now().getTime() - since.getTime() < LEFT_AFTER_MS) continue;
    log.info({ path, since: since.toISOString(), dryRun }, 'what a crash left half deleted is purged');
    if (!dryRun) await deleteIfPresent(driver, path);
    count++;
  }
  return count;
}

/** The time of a UUID of version 7; undefined for another name. */
function timeOf(name: string): Date | undefined {
  const [, high, low] = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/.exec(name) ?? [];
  return high === undefined || low === undefined ? undefined : new Date(Number.parseInt(high + low, 16));
}
