import { createHash } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { baseName, isStorageError } from '@outrigger/driver';
import { deleteIfPresent } from '../layout/delete-if-present.js';
import { listPaths } from '../layout/list-directory.js';
import { NOTIFICATIONS } from '../layout/paths.js';

/**
 * Where one replica keeps events in the store:
 *
 *   _outrigger/notifications/<replica>
 *   ├── alive                      written again and again for as long as there are batches
 *   └── <endpoint>/<time>-<uuid>   batches
 *
 * What a replica has left that was not alive for a while is taken over by the others.
 */
export interface ReplicaSpool {
  /** The directory of an endpoint's batches. */
  directory(endpoint: string): string;
  /** Says that this replica is alive, unless it was said a moment ago. */
  beat(): Promise<void>;
  /** Directories of endpoints, by name as in {@link directory}, that dead replicas have left. */
  abandoned(): Promise<{ replica: string; endpoints: string[] }[]>;
  /** Forgets a dead replica, with all that is left of it. */
  forget(replica: string): Promise<void>;
  /** Says that what is here may be taken over at once. */
  leave(): Promise<void>;
}

/** How long a replica may be silent, in milliseconds: long enough for clocks that differ a little. */
const SILENCE_MS = 120_000;
const BEAT_MS = 30_000;

/** @param replica - the same after a restart, another one for each of several replicas */
export function createReplicaSpool(driver: StorageDriver, replica: string): ReplicaSpool {
  const own = `${NOTIFICATIONS}/${segment(replica)}`;
  let beaten = -Infinity;
  return {
    directory: (endpoint) => `${own}/${segment(endpoint)}`,
    async beat() {
      const now = performance.now();
      if (now - beaten < BEAT_MS) return;
      await driver.put(`${own}/${ALIVE}`, Buffer.from(new Date().toISOString(), 'latin1'));
      beaten = now;
    },
    async abandoned() {
      const found: { replica: string; endpoints: string[] }[] = [];
      for (const path of await listPaths(driver, NOTIFICATIONS)) {
        if (path === own || !(await isSilent(driver, path))) continue;
        const endpoints = (await listPaths(driver, path)).filter((each) => baseName(each) !== ALIVE);
        found.push({ replica: path, endpoints });
      }
      return found;
    },
    async forget(path) {
      await deleteIfPresent(driver, path);
    },
    async leave() {
      if (beaten !== -Infinity) await deleteIfPresent(driver, `${own}/${ALIVE}`);
    },
  };
}

const ALIVE = 'alive';

/** A name as one part of a path, and never the same for two names. */
export function segment(name: string): string {
  const readable = name
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return [readable, digest]
    .filter((part) => part !== '')
    .join('-')
    .toLowerCase();
}

async function isSilent(driver: StorageDriver, replica: string): Promise<boolean> {
  try {
    const { modTime } = await driver.stat(`${replica}/${ALIVE}`);
    return Date.now() - modTime.getTime() > SILENCE_MS;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return true;
    throw error;
  }
}
