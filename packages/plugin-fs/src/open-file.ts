import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { ForeignFileError } from './errors.js';
import type { Root } from './root.js';

export interface OpenFile {
  readonly fd: number;
  readonly stats: BigIntStats;
}

const FILE_MODE = 0o640;

/** Opens a regular file that exists. A FIFO does not block the open, and a link is not followed. */
export async function openFile(root: Root, local: string, flags: number): Promise<OpenFile> {
  const { disk } = root;
  const fd = await disk.open(local, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, FILE_MODE);
  try {
    const stats = await disk.fstat(fd);
    if (!stats.isFile()) throw new ForeignFileError('it is not a regular file');
    await root.checkOpen(fd, local);
    return { fd, stats };
  } catch (error) {
    await disk.close(fd);
    throw error;
  }
}

/** Opens a file for writing, making it if it is absent. Nothing is truncated before the file is known to be ours. */
export async function createFile(root: Root, local: string, flags = 0): Promise<OpenFile> {
  await root.requireTrusted(dirname(local));
  return openFile(root, local, constants.O_WRONLY | constants.O_CREAT | flags);
}
