import type { CallOptions, Regulator, StorageDriver } from '@outrigger/driver';
import { isStorageError, parentPath, walk } from '@outrigger/driver';
import { BLOBS, blobData } from '../paths.js';
import type { Digest } from '../../../reference/digest.js';
import { tryParseDigest } from '../../../reference/digest.js';
import { listNames } from '../../list-directory.js';

/** Content in the store, whoever uses it. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly modTime: Date;
}

export interface StoredBlobsOptions extends CallOptions {
  readonly regulator: Regulator;
  /** What is not wanted is not looked at any closer. */
  readonly isWanted: (digest: Digest) => boolean;
  readonly onBlob: (blob: StoredBlob) => void;
  /** A directory of a blob without content, of a driver that walks. */
  readonly onHollow: (directory: string) => void;
  /** For every blob, wanted or not. */
  readonly onSeen: () => void;
}

/** Goes through all content: in whole pages with sizes and times where the driver walks, by names otherwise. */
export async function listStoredBlobs(driver: StorageDriver, options: StoredBlobsOptions): Promise<void> {
  await (driver.capabilities.walk === true ? walkBlobs(driver, options) : listBlobs(driver, options));
}

async function walkBlobs(driver: StorageDriver, options: StoredBlobsOptions): Promise<void> {
  const { signal, isWanted, onBlob, onHollow, onSeen } = options;
  let open: string | undefined;
  const close = () => {
    if (open !== undefined) onHollow(open);
    open = undefined;
  };
  try {
    await walk(
      driver,
      BLOBS,
      ({ path, isDir, size, modTime }) => {
        const digest = digestOfDirectory(isDir ? path : parentPath(path));
        if (digest === undefined) return undefined;
        if (isDir) {
          close();
          open = path;
        } else {
          // Whatever is in it: only an empty directory is hollow.
          open = undefined;
          if (path !== blobData(digest)) return undefined;
          onSeen();
          if (isWanted(digest)) onBlob({ digest, size, modTime });
        }
        return undefined;
      },
      { signal },
    );
  } catch (error) {
    if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
  }
  close();
}

async function listBlobs(driver: StorageDriver, options: StoredBlobsOptions): Promise<void> {
  const { signal, regulator } = options;
  for (const algorithm of await listNames(driver, BLOBS, { signal })) {
    const prefixes = await listNames(driver, `${BLOBS}/${algorithm}`, { signal });
    await Promise.all(
      prefixes.map((prefix) =>
        regulator.run(() => listPrefix(driver, `${BLOBS}/${algorithm}/${prefix}`, options), signal),
      ),
    );
  }
}

async function listPrefix(
  driver: StorageDriver,
  directory: string,
  options: StoredBlobsOptions,
): Promise<void> {
  const { signal, isWanted, onBlob, onSeen } = options;
  for (const name of await listNames(driver, directory, { signal })) {
    const digest = digestOfDirectory(`${directory}/${name}`);
    if (digest === undefined) continue;
    onSeen();
    if (!isWanted(digest)) continue;
    try {
      const { size, modTime } = await driver.stat(blobData(digest), { signal });
      onBlob({ digest, size, modTime });
    } catch (error) {
      if (!isStorageError(error, 'PATH_NOT_FOUND')) throw error;
    }
  }
}

function digestOfDirectory(path: string): Digest | undefined {
  const [algorithm = '', prefix = '', hex = '', ...rest] = path.slice(BLOBS.length + 1).split('/');
  const digest = rest.length === 0 ? tryParseDigest(`${algorithm}:${hex}`) : undefined;
  return digest?.hex.startsWith(prefix) === true ? digest : undefined;
}
