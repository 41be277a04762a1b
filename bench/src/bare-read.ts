import { closeSync, openSync, read } from 'node:fs';
import { median } from './median.js';

/** The yardstick of reads: fs.read in a loop into one reused buffer of 1 MiB, in MiB/s. */
export async function measureBareRead(localPath: string, size: number, runs: number): Promise<number> {
  const into = Buffer.allocUnsafeSlow(1024 * 1024);
  const rates: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    const fd = openSync(localPath, 'r');
    let position = 0;
    while (position < size) position += await readSome(fd, into, position);
    closeSync(fd);
    if (run > 0) rates.push(size / 1024 / 1024 / ((performance.now() - start) / 1000));
  }
  return median(rates);
}

function readSome(fd: number, into: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, into.length, position, (error, count) => {
      if (error === null && count > 0) resolve(count);
      else reject(error ?? new Error('a file ended early'));
    });
  });
}
