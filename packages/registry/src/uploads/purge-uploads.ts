import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import { listNames } from '../layout/list-directory.js';
import { listRepositoryDirectories } from '../gc/list-repositories.js';
import { findModTime } from '../gc/mod-time.js';
import type { StoreClock } from '../gc/store-clock.js';
import { readStoreClock } from '../gc/store-clock.js';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { UPLOADS, UPLOADS_CLOCK, upload, uploadData, uploadStartedAt, uploads } from '../layout/paths.js';
import type { Logger } from '../logger.js';
import { isRegistryError } from '../registry-error.js';
import { checkUploadId } from './upload-id.js';
import { findStartedAt } from './started-at.js';

export interface PurgeOptions extends CallOptions {
  readonly driver: StorageDriver;
  readonly log: Logger;
  /** An upload goes when nothing has happened to it for so long, in milliseconds. */
  readonly ageMs: number;
  /** Tells, and deletes nothing. */
  readonly dryRun: boolean;
}

/** What a purge has found. */
export interface Purged {
  /** Uploads that are gone, or would be. */
  readonly uploads: number;
  /** Uploads that could not be looked at, or deleted. */
  readonly errors: number;
}

/**
 * Deletes uploads that nobody has gone on with, in all repositories; nothing else is touched. One without a date of its
 * begin is kept, and so is one whose data was written to lately, however old it is.
 *
 * @throws ClockSkewError; StorageError when the repositories cannot be listed
 */
export async function purgeUploads(options: PurgeOptions): Promise<Purged> {
  const { driver, log, ageMs, dryRun, signal } = options;
  const clock: StoreClock = dryRun ? { now: () => new Date() } : await readStoreClock(driver, UPLOADS_CLOCK);
  let count = 0;
  let errors = 0;
  const purge = async (name: string, id: string) => {
    const used = await lastUse(driver, name, id, signal);
    if (used === undefined || clock.now().getTime() - used.getTime() < ageMs) return;
    log.info({ name, id, lastUse: used.toISOString(), dryRun }, 'an abandoned upload is purged');
    if (!dryRun) await deleteIfPresent(driver, upload(name, id));
    count++;
  };
  for await (const { name, own } of listRepositoryDirectories(driver, { signal })) {
    if (!own.includes(UPLOADS)) continue;
    for (const id of await listNames(driver, uploads(name), { signal })) {
      try {
        if (isUploadId(id)) await purge(name, id);
      } catch (error) {
        if (!isStorageError(error) || error.code === 'CANCELLED') throw error;
        errors++;
        log.warn({ name, id, err: error }, 'an upload could not be purged');
      }
    }
  }
  return { uploads: count, errors };
}

/** The later of its begin and the last byte; undefined when its begin is not known. */
async function lastUse(
  driver: StorageDriver,
  name: string,
  id: string,
  signal: AbortSignal | undefined,
): Promise<Date | undefined> {
  const startedAt = await findStartedAt(driver, uploadStartedAt(name, id), { signal });
  if (startedAt === undefined) return undefined;
  const written = await findModTime(driver, uploadData(name, id), signal);
  return written !== undefined && written > startedAt ? written : startedAt;
}

function isUploadId(id: string): boolean {
  try {
    checkUploadId(id);
    return true;
  } catch (error) {
    if (isRegistryError(error)) return false;
    throw error;
  }
}
