import type { Disk } from './disk.js';

/**
 * Bytes of one call of the system. More in one call makes Linux look for larger pieces of free memory, which on a virtual
 * machine may be far away: 256 MiB in calls of 1 MiB took 60 to 970 ms here, in calls of 256 KiB always 70.
 */
const PIECE = 256 * 1024;

/** Writes the whole of `chunk` at `position`, however many calls the system makes of it. */
export async function writeFully(disk: Disk, fd: number, chunk: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const written = await disk.write(fd, chunk, done, Math.min(PIECE, chunk.length - done), position + done);
    if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
    done += written;
  }
}
