import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { Digest } from '../reference/digest.js';
import { tryParseDigest } from '../reference/digest.js';

/**
 * What a link names; undefined when there is no link, or one that holds no digest (a crash of a store without fsync
 * leaves such files; the next push of the same content writes the link anew).
 */
export async function readLink(
  driver: StorageDriver,
  path: string,
  options?: CallOptions,
): Promise<Digest | undefined> {
  try {
    const content = await driver.get(path, options);
    return tryParseDigest(
      Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1').trim(),
    );
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Durable when it resolves. Idempotent. */
export async function writeLink(driver: StorageDriver, path: string, digest: Digest): Promise<void> {
  await driver.put(path, Buffer.from(digest.text, 'latin1'));
}

/** Writes the link unless it names `digest` already: a read is cheaper than a durable write. */
export async function ensureLink(driver: StorageDriver, path: string, digest: Digest): Promise<void> {
  const current = await readLink(driver, path);
  if (current?.text !== digest.text) await writeLink(driver, path, digest);
}

/** Deletes what may be gone already; answers whether it was there. */
export async function deleteIfPresent(driver: StorageDriver, path: string): Promise<boolean> {
  try {
    await driver.delete(path);
    return true;
  } catch (error) {
    if (isStorageError(error, 'PATH_NOT_FOUND')) return false;
    throw error;
  }
}
