import { randomUUID } from 'node:crypto';
import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { baseName } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { listNames, listPaths } from '../layout/list-directory.js';
import { readText } from '../layout/read-text.js';
import { PULLS, pullsOf } from './paths.js';

/** When manifests of a repository were pulled last, by digest. Milliseconds since 1970. */
export type PullTimes = Map<string, number>;

/** What is known of the pulls of a repository. */
export interface RecordedPulls {
  readonly times: PullTimes;
  /** The files that it is from. */
  readonly files: readonly string[];
}

/** Recorded by any number of replicas: the latest counts. What cannot be read is left out. */
export async function readPulls(
  driver: StorageDriver,
  repository: string,
  options?: CallOptions,
): Promise<RecordedPulls> {
  const files = await listPaths(driver, pullsOf(repository), options);
  const times: PullTimes = new Map();
  for (const file of files) {
    for (const line of ((await readText(driver, file)) ?? '').split('\n')) {
      const [digest = '', seconds = ''] = line.split(' ');
      const time = Number.parseInt(seconds, 36) * 1000;
      if (time > (times.get(digest) ?? 0)) times.set(digest, time);
    }
  }
  return { times, files };
}

/** Files are never changed: whoever writes makes a new one, so that nobody's is lost. */
export async function writePulls(driver: StorageDriver, repository: string, times: PullTimes): Promise<void> {
  const all = [...times];
  for (let at = 0; at < all.length; at += LINES_IN_A_FILE) {
    const lines = all
      .slice(at, at + LINES_IN_A_FILE)
      .map(([digest, time]) => `${digest} ${Math.floor(time / 1000).toString(36)}`);
    await driver.put(`${pullsOf(repository)}/${randomUUID()}`, Buffer.from(lines.join('\n'), 'latin1'));
  }
}

/** About a megabyte. */
const LINES_IN_A_FILE = 10_000;
const FILES_BEFORE_COMPACTION = 8;

/**
 * Makes one file of many, without what is no manifest of the repository any more. Only for the process that has the lease.
 *
 * @param isThere - whether a manifest still is
 */
export async function compactPulls(
  driver: StorageDriver,
  repository: string,
  { times, files }: RecordedPulls,
  isThere: (digest: string) => boolean,
): Promise<void> {
  if (files.length < FILES_BEFORE_COMPACTION) return;
  await writePulls(driver, repository, new Map([...times].filter(([digest]) => isThere(digest))));
  // After a crash in between both are there, and say the same.
  for (const file of files) await deleteIfPresent(driver, file);
}

/** Deletes what was recorded of repositories that are gone. */
export async function forgetPulls(
  driver: StorageDriver,
  repositories: readonly string[],
  options?: CallOptions,
): Promise<void> {
  const alive = new Set(repositories.map((name) => baseName(pullsOf(name))));
  for (const name of await listNames(driver, PULLS, options))
    if (!alive.has(name)) await deleteIfPresent(driver, `${PULLS}/${name}`);
}
