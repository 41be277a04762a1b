import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect } from 'vitest';
import type { OpenDriverOptions, SupervisedDriver, Timings } from '../src/index.js';
import { openDriver } from '../src/index.js';
import { recordingLog } from './recording-log.js';
import type { RecordingLog } from './recording-log.js';

export const CHAOS_DIRECTORY = fileURLToPath(new URL('chaos', import.meta.url));

/** One store of the chaos driver, in an empty directory; what a test opens is closed, and what it left behind is an error. */
export interface ChaosBench {
  readonly root: string;
  readonly log: RecordingLog;
  open(parameters?: Record<string, unknown>, options?: Partial<OpenDriverOptions>): Promise<SupervisedDriver>;
  /** What the store has at a path, without the driver. */
  content(path: string): Promise<Buffer>;
  seed(path: string, content: Buffer): Promise<void>;
}

/** What has to pass is short; what a busy machine must not exceed is longer than it can be busy. */
export const SHORT: Partial<Timings> = {
  startMs: 60_000,
  describeMs: 60_000,
  waitMs: 60_000,
  silenceMs: 100,
  idleMs: 200,
  pingMs: 60_000,
  drainMs: 10_000,
  newsMs: 60_000,
  replaceMs: 60_000,
  leaveMs: 60_000,
  checkMs: 25,
  backoffMs: 10,
  maxBackoffMs: 100,
  shutdownMs: 300,
  endMs: 300,
  termMs: 300,
};

export function chaosBench(): ChaosBench {
  let root = '';
  let opened: SupervisedDriver[] = [];
  let log = recordingLog();

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'outrigger-chaos-'));
    log = recordingLog();
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((driver) => driver.close()));
    await expect.poll(() => processesNaming(root)).toEqual([]);
    await rm(root, { recursive: true });
  });

  return {
    get root() {
      return root;
    },
    get log() {
      return log;
    },
    async open(parameters = {}, options = {}) {
      const driver = await openDriver({
        hostVersion: '0.0.0',
        driver: 'chaos',
        driverDirectories: [CHAOS_DIRECTORY],
        parameters: { root, ...parameters },
        log,
        ...options,
        timings: { ...SHORT, ...options.timings },
      });
      opened.push(driver);
      return driver;
    },
    content: (path) => readFile(join(root, 'store', path)),
    async seed(path, content) {
      const file = join(root, 'store', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    },
  };
}

/** A grandchild holds the output of a driver that has ended: nobody waits for more of it. */
export const WITH_GRANDCHILD: Partial<OpenDriverOptions> = { timings: { drainMs: 250 } };

/** Ids of the processes that have a text in their command line. */
export async function processesNaming(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (line.includes(text)) found.push(Number(pid));
  }
  return found;
}

/** Whether a process runs; one that ended and was not yet collected does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** The process that serves now. */
export function pidOf(driver: SupervisedDriver): number {
  const { pid } = driver.status();
  if (pid === undefined) throw new Error('no process serves');
  return pid;
}
