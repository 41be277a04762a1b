import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { baseName, isStorageError, listAll } from '@outrigger/driver';
import type { Algorithm, Digest } from '../reference/digest.js';
import { isAlgorithm, tryParseDigest } from '../reference/digest.js';

/** The paths of what is in a directory; none when it is absent. Every other error is passed on. */
export async function listPaths(
  driver: StorageDriver,
  directory: string,
  options?: CallOptions,
): Promise<string[]> {
  const paths: string[] = [];
  try {
    for await (const { path } of listAll(driver, directory, options)) paths.push(path);
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
  return paths;
}

/** The same by their names. */
export async function listNames(
  driver: StorageDriver,
  directory: string,
  options?: CallOptions,
): Promise<string[]> {
  return (await listPaths(driver, directory, options)).map(baseName);
}

/** The digests of a directory with one of `<algorithm>/<hex>` for each. */
export async function listDigests(
  driver: StorageDriver,
  directory: string,
  options?: CallOptions,
): Promise<Digest[]> {
  const found: Digest[] = [];
  for await (const digest of eachDigest(driver, directory, options)) found.push(digest);
  return found;
}

/** The same one by one: they are never all in memory. */
export async function* eachDigest(
  driver: StorageDriver,
  directory: string,
  options?: CallOptions,
): AsyncGenerator<Digest> {
  for (const algorithm of await listNames(driver, directory, options)) {
    if (isAlgorithm(algorithm)) yield* eachHex(driver, directory, algorithm, options);
  }
}

async function* eachHex(
  driver: StorageDriver,
  directory: string,
  algorithm: Algorithm,
  options?: CallOptions,
): AsyncGenerator<Digest> {
  try {
    for await (const { path } of listAll(driver, `${directory}/${algorithm}`, options)) {
      const digest = tryParseDigest(`${algorithm}:${baseName(path)}`);
      if (digest !== undefined) yield digest;
    }
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
}
