import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { baseName } from '@outrigger/driver';
import { referrerIndex } from '../layout/paths.js';
import { tryParseDigest } from '../reference/digest.js';
import { listDigests, listNames } from '../layout/list-directory.js';

/**
 * Entries of a repository's referrers index whose manifest is not alive, as paths. Another registry that deletes a
 * manifest knows nothing of them. Only while nobody writes: a push writes the entry and the manifest's link together.
 */
export async function findStaleReferrers(
  driver: StorageDriver,
  name: string,
  alive: ReadonlySet<string>,
  options?: CallOptions,
): Promise<string[]> {
  const index = referrerIndex(name);
  const stale: string[] = [];
  for (const { algorithm, hex } of await listDigests(driver, index, options)) {
    const directory = `${index}/${algorithm}/${hex}`;
    const entries = await listNames(driver, directory, options);
    const dead = entries.filter((entry) => {
      const digest = tryParseDigest(baseName(entry).replace('-', ':'));
      return digest === undefined || !alive.has(digest.text);
    });
    if (dead.length === entries.length) stale.push(directory);
    else stale.push(...dead.map((entry) => `${directory}/${entry}`));
  }
  return stale;
}
