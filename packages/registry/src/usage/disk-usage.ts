import type { CallOptions, Regulator, StorageDriver } from '@outrigger/driver';
import { createRegulator, isStorageError, walk } from '@outrigger/driver';
import type { RepositoryDirectory } from '../gc/list-repositories.js';
import { listRepositoryDirectories } from '../gc/list-repositories.js';
import { listStoredBlobs } from '../layout/distribution/garbage/list-stored-blobs.js';
import { listDigests } from '../layout/list-directory.js';
import { readLink } from '../layout/distribution/links.js';
import { DELETED, UPLOADS, uploads } from '../layout/paths.js';
import {
  LAYERS,
  MANIFESTS,
  layerLink,
  layers,
  revisionLink,
  revisions,
} from '../layout/distribution/paths.js';
import type { Digest } from '../reference/digest.js';
import type { Amount, ContentTable } from './content-table.js';
import { createContentTable } from './content-table.js';

/** What a repository takes. Bytes are those of content; the small files that say what belongs where are not counted. */
export interface RepositoryUsage {
  readonly name: string;
  /** Its blobs and manifests. */
  readonly blobs: number;
  /** Bytes of all of them, each counted once. */
  readonly logical: number;
  /** Bytes of those that no other repository has: deleting the repository frees so much. */
  readonly own: number;
  /** Bytes of those that other repositories have, too. */
  readonly shared: number;
  /** Blobs and manifests whose content is not in the store. */
  readonly missing: number;
  /** Under way, or left behind. */
  readonly uploads: Amount;
}

export interface StoreUsage {
  readonly repositories: readonly RepositoryUsage[];
  /** The sum over the repositories: what it would take without sharing. */
  readonly logical: number;
  /** Content as it lies in the store, whoever has it. */
  readonly stored: Amount;
  /** What sharing saves. */
  readonly saved: number;
  /** Content that no repository has: the garbage collection takes it. */
  readonly unused: Amount;
  readonly uploads: Amount;
  /** Put aside by deletes that did not get to their end. */
  readonly halfDeleted: Amount;
  /** Everything together. */
  readonly total: number;
}

const PARALLEL_READS = 16;

/**
 * Measures a store of Distribution's layout. It changes nothing; what is pushed and deleted meanwhile may be counted or not.
 *
 * @throws StorageError
 */
export async function measureUsage(driver: StorageDriver, options: CallOptions = {}): Promise<StoreUsage> {
  const { signal } = options;
  const regulator = createRegulator(PARALLEL_READS);
  const table = createContentTable();
  await listStoredBlobs(driver, {
    signal,
    regulator,
    isWanted: () => true,
    onBlob: ({ digest, size }) => table.add(digest, size),
    onHollow: () => undefined,
    onSeen: () => undefined,
  });
  const found: Measured[] = [];
  for await (const directory of listRepositoryDirectories(driver, options)) {
    // One at a time: the digests of no more than one are in memory.
    found.push(await measureRepository({ driver, regulator, table, signal }, directory, found.length + 1));
  }
  const own = table.ownBytes();
  const repositories = found.map((each, index): RepositoryUsage => {
    const bytes = own.get(index + 1) ?? 0;
    return { ...each, own: bytes, shared: each.logical - bytes };
  });
  const logical = sumOf(repositories, (each) => each.logical);
  const [stored, unused] = [table.stored(), table.unused()];
  const underWay: Amount = {
    count: sumOf(repositories, (each) => each.uploads.count),
    bytes: sumOf(repositories, (each) => each.uploads.bytes),
  };
  const halfDeleted = await sumFiles(driver, DELETED, signal);
  const saved = logical - (stored.bytes - unused.bytes);
  const total = stored.bytes + underWay.bytes + halfDeleted.bytes;
  return { repositories, logical, stored, saved, unused, uploads: underWay, halfDeleted, total };
}

type Measured = Omit<RepositoryUsage, 'own' | 'shared'>;

interface Measuring extends CallOptions {
  readonly driver: StorageDriver;
  readonly regulator: Regulator;
  readonly table: ContentTable;
}

async function measureRepository(
  measuring: Measuring,
  { name, own }: RepositoryDirectory,
  number: number,
): Promise<Measured> {
  const { driver, regulator, table, signal } = measuring;
  const linked: readonly (readonly [Digest, string])[] = [
    ...(own.includes(LAYERS) ? await listDigests(driver, layers(name), { signal }) : []).map(
      (digest) => [digest, layerLink(name, digest)] as const,
    ),
    ...(own.includes(MANIFESTS) ? await listDigests(driver, revisions(name), { signal }) : []).map(
      (digest) => [digest, revisionLink(name, digest)] as const,
    ),
  ];
  const seen = new Set<string>();
  let [logical, missing] = [0, 0];
  const count = async (digest: Digest, link: string): Promise<void> => {
    let size = table.use(digest, number);
    if (size === undefined) {
      // A sha512 that Distribution keeps under its sha256; or nothing is there, and not even the link.
      const target = await regulator.run(() => readLink(driver, link, { signal }), signal);
      if (target === undefined) return;
      size = table.use(target, number);
    }
    if (seen.has(digest.text)) return;
    seen.add(digest.text);
    if (size === undefined) missing++;
    else logical += size;
  };
  for (const [digest, link] of linked) await count(digest, link);
  const files = own.includes(UPLOADS) ? await sumFiles(driver, uploads(name), signal) : NOTHING;
  return { name, blobs: seen.size, logical, missing, uploads: files };
}

const NOTHING: Amount = { count: 0, bytes: 0 };

/** Of a directory that may be absent: how many there are in it, and all bytes below. */
async function sumFiles(
  driver: StorageDriver,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<Amount> {
  let [count, bytes] = [0, 0];
  const depth = directory.split('/').length + 1;
  try {
    await walk(
      driver,
      directory,
      ({ path, isDir, size }) => {
        if (path.split('/').length === depth) count++;
        if (!isDir) bytes += size;
        return undefined;
      },
      { signal },
    );
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
  return { count, bytes };
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
