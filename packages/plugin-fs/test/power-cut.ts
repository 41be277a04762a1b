import { execFile, execFileSync } from 'node:child_process';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { temporaryDirectory } from './temporary-store.js';

const run = promisify(execFile);

/** EXT4_IOC_SHUTDOWN with NOLOGFLUSH: from now on nothing reaches the disk, not even the journal in memory. */
const CUT = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))
`;

export interface Machine {
  /** The mount point. */
  readonly root: string;
  /** Takes the power away. What was written and not synced is lost. */
  cut(): Promise<void>;
  /**
   * Rejects when the power is gone. A real machine answers nothing then; this one may still say of an fsync that was under way that it has
   * succeeded, after the journal threw away what it waited for.
   */
  requirePower(): Promise<void>;
  /** After a cut, when nobody has a file open: mounts what the disk has, after the recovery of its journal. */
  boot(): Promise<void>;
}

/** Why there can be no machine here, or undefined. */
export function whyNoMachine(): string | undefined {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return 'only root may mount';
  try {
    execFileSync('python3', ['-c', 'import fcntl']);
    execFileSync('mkfs.ext4', ['-V'], { stdio: 'ignore' });
    execFileSync('losetup', ['-f'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'it takes python3, mkfs.ext4 and a loop device';
  }
}

/** An ext4 of its own in a file. Its journal is written every 300 s, unless somebody asks for it with an fsync. */
export async function startMachine(): Promise<Machine> {
  const directory = await temporaryDirectory();
  const root = await temporaryDirectory();
  const image = join(directory, 'image');
  await writeFile(image, '');
  await truncate(image, 256 * 1024 * 1024);
  await run('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=1,lazy_journal_init=1', image]);
  const mount = () => run('mount', ['-t', 'ext4', '-o', 'loop,commit=300', image, root]);
  await mount();
  let looks = 0;
  onTestFinished(() => void execFileSync('umount', [root]));
  return {
    root,
    async cut() {
      await run('python3', ['-c', CUT, root]);
    },
    async requirePower() {
      await mkdir(join(root, `power-${String(++looks)}`));
    },
    async boot() {
      await run('umount', [root]);
      await mount();
    },
  };
}
