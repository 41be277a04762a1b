import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errnoOf } from './errors.js';

/**
 * Makes the names in a directory durable. A directory that is gone has nothing to sync; EINVAL and ENOTSUP come
 * from file systems that know no such thing (some FUSE and SMB mounts), where more cannot be done.
 */
export async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!['ENOENT', 'EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
  }
}
