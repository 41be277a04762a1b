import { constants } from 'node:fs';
import type { Disk } from './disk.js';
import { errnoOf } from './errors.js';

/**
 * Makes the names in a directory durable. A directory that is gone has nothing to sync; EINVAL and ENOTSUP come
 * from file systems that know no such thing (some FUSE and SMB mounts), where more cannot be done.
 */
export async function syncDirectory(disk: Disk, directory: string): Promise<void> {
  try {
    const fd = await disk.open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await disk.sync(fd);
    } finally {
      await disk.close(fd);
    }
  } catch (error) {
    if (!['ENOENT', 'EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
  }
}
