import { randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from '../median.js';

const MIB = 1024 * 1024;
const SMALL_FILES = 100;
const RUNS = 3;

export interface DiskSpeed {
  /** 256 MiB written in pieces of 1 MiB and flushed, as `dd conv=fdatasync` does. */
  readonly mibPerSecond: number;
  /** Files of 4 KiB created, written and flushed with their directory, one after the other. */
  readonly smallFilesPerSecond: number;
}

/** How fast the disk below a directory makes content durable. */
export async function measureDisk(directory: string, bytes: number): Promise<DiskSpeed> {
  const place = join(directory, 'disk');
  await mkdir(place);
  const large: number[] = [];
  const small: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    large.push(bytes / MIB / (await writeLarge(join(place, 'large'), bytes)));
    small.push(SMALL_FILES / (await writeSmall(place, run)));
  }
  await rm(place, { recursive: true });
  return { mibPerSecond: median(large), smallFilesPerSecond: median(small) };
}

async function writeLarge(path: string, bytes: number): Promise<number> {
  const block = randomBytes(MIB);
  const begin = performance.now();
  const file = await open(path, 'w');
  for (let left = bytes; left > 0; left -= MIB) await file.write(block);
  await file.datasync();
  await file.close();
  const seconds = (performance.now() - begin) / 1000;
  await rm(path);
  return seconds;
}

async function writeSmall(directory: string, run: number): Promise<number> {
  const block = randomBytes(4096);
  const parent = await open(directory, 'r');
  const begin = performance.now();
  for (let index = 0; index < SMALL_FILES; index++) {
    const file = await open(join(directory, `small-${run}-${index}`), 'w');
    await file.write(block);
    await file.sync();
    await file.close();
    await parent.sync();
  }
  const seconds = (performance.now() - begin) / 1000;
  await parent.close();
  return seconds;
}
