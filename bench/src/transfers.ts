import type { StorageDriver } from '@outrigger/driver';
import { cpuSeconds } from './cpu.js';
import { median } from './median.js';
import type { Subject } from './subject.js';

const CHUNK_BYTES = 1024 * 1024;
const MIB = 1024 * 1024;

export interface TransferFigure {
  readonly mibPerSecond: number;
  /** CPU seconds of this process and of the driver's, for one run. */
  readonly hostCpu: number;
  readonly driverCpu: number;
}

export interface TransferOptions {
  /** Bytes of one object. */
  readonly size: number;
  /** Objects that one run transfers, one after the other. */
  readonly count: number;
  /** Counted runs, after one that warms up. The median is the figure. */
  readonly runs: number;
}

/** Reads whole objects through the public reader into one reused buffer, and drops the bytes. */
export async function measureReads(
  subject: Subject,
  path: string,
  options: TransferOptions,
): Promise<TransferFigure> {
  const into = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, Math.max(options.size, 1)));
  return measure(subject, options, async () => {
    for (let i = 0; i < options.count; i++) await readWhole(subject.driver, path, into, options.size);
  });
}

/** Writes whole objects in chunks of up to 1 MiB and commits them; durable, as the driver is by default. */
export async function measureWrites(
  subject: Subject,
  path: string,
  options: TransferOptions,
): Promise<TransferFigure> {
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, options.size), 'outrigger');
  return measure(subject, options, async () => {
    for (let i = 0; i < options.count; i++) await writeWhole(subject.driver, path, chunk, options.size);
  });
}

export async function writeWhole(
  driver: StorageDriver,
  path: string,
  chunk: Buffer,
  size: number,
): Promise<void> {
  const writer = await driver.writer(path);
  for (let left = size; left > 0; left -= chunk.length) {
    await writer.write(left < chunk.length ? chunk.subarray(0, left) : chunk);
  }
  await writer.commit();
}

export async function readWhole(
  driver: StorageDriver,
  path: string,
  into: Buffer,
  size: number,
): Promise<void> {
  const reader = await driver.reader(path);
  let received = 0;
  for (let count = await reader.read(into); count > 0; count = await reader.read(into)) received += count;
  await reader.close();
  if (received !== size) throw new Error(`${String(received)} of ${String(size)} bytes came from ${path}`);
}

async function measure(
  subject: Subject,
  { size, count, runs }: TransferOptions,
  run: () => Promise<void>,
): Promise<TransferFigure> {
  await run();
  const hostStart = cpuSeconds(process.pid);
  const driverStart = subject.pid === undefined ? 0 : cpuSeconds(subject.pid);
  const seconds: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await run();
    seconds.push((performance.now() - start) / 1000);
  }
  return {
    mibPerSecond: (size * count) / MIB / median(seconds),
    hostCpu: (cpuSeconds(process.pid) - hostStart) / runs,
    driverCpu: subject.pid === undefined ? 0 : (cpuSeconds(subject.pid) - driverStart) / runs,
  };
}
