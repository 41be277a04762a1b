import type { Disk } from './disk.js';

/** Writes the whole of `chunk` at `position`, however many calls the system makes of it. */
export async function writeFully(disk: Disk, fd: number, chunk: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const written = await disk.write(fd, chunk, done, chunk.length - done, position + done);
    if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
    done += written;
  }
}
