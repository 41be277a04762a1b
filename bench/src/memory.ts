import { peakResidentMiB } from './cpu.js';
import type { Subject } from './subject.js';
import { readWhole, writeWhole } from './transfers.js';

/** The most memory, in MiB, that host and driver have had after an object of `size` bytes went in and out. */
export async function measureMemory(
  subject: Subject,
  path: string,
  size: number,
): Promise<{ host: number; driver: number }> {
  const chunk = Buffer.alloc(1024 * 1024, 'outrigger');
  await writeWhole(subject.driver, path, chunk, size);
  await readWhole(subject.driver, path, chunk, size);
  await subject.driver.delete(path);
  return {
    host: peakResidentMiB(process.pid),
    driver: subject.pid === undefined ? Number.NaN : peakResidentMiB(subject.pid),
  };
}
