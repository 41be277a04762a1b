interface Inode {
  readonly dev: number;
  readonly ino: number;
}

/**
 * Inode numbers of 64 bits (mergerfs, GlusterFS, some NFS servers) are no exact numbers in JSON. 0 in their place is
 * no file's: the host sees a mismatch, and reads on another plane.
 */
export function exactInode({ dev, ino }: Inode): Inode {
  return Number.isSafeInteger(dev) && Number.isSafeInteger(ino) ? { dev, ino } : { dev: 0, ino: 0 };
}
