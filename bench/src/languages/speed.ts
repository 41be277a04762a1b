import type { DataPlane } from '@outrigger/ipc/host';
import { measureRate } from '../calls.js';
import type { Subject } from '../subject.js';
import { openInProcess, openOverIpc } from '../subject.js';
import { measureReads, measureWrites, writeWhole } from '../transfers.js';

const MIB = 1024 * 1024;
const RUNS = 5;
const IN_FLIGHT = 32;
interface Amount {
  /** Bytes of the object that is read and written. */
  readonly size: number;
  readonly calls: number;
}

const MUCH: Amount = { size: 256 * MIB, calls: 20_000 };
/** The driver in shell reads and writes some MiB a second. */
const LITTLE: Amount = { size: 4 * MIB, calls: 500 };
const STORED = '/bench/large';

export interface Speed {
  /** MiB a second. */
  readonly read: number;
  readonly write: number;
  /** Calls a second, 32 in flight. */
  readonly calls: number;
}

/** Of the driver of ours in this process: what the others are compared with. */
export async function measureInProcess(root: string): Promise<Speed> {
  return measureAndClose(await openInProcess(root), MUCH);
}

/** @param isSlow - less is measured of it */
export async function measureOver(
  plane: DataPlane,
  executable: string,
  root: string,
  isSlow: boolean,
): Promise<Speed> {
  return measureAndClose(await openOverIpc(root, plane, executable), isSlow ? LITTLE : MUCH);
}

async function measureAndClose(subject: Subject, { size, calls }: Amount): Promise<Speed> {
  try {
    const { driver } = subject;
    await writeWhole(driver, STORED, Buffer.alloc(MIB, 'outrigger'), size);
    const options = { size, count: 1, runs: RUNS };
    const { mibPerSecond: read } = await measureReads(subject, STORED, options);
    const { mibPerSecond: write } = await measureWrites(subject, '/bench/written', options);
    return { read, write, calls: await measureRate(() => driver.stat(STORED), IN_FLIGHT, calls, RUNS) };
  } finally {
    await subject.close();
  }
}
