import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageDriver } from '@outrigger/driver';
import { checkDriver } from '@outrigger/driver';
import type { DataPlane } from '@outrigger/ipc/host';
import { connectDriver } from '@outrigger/ipc/host';
import { filesystem } from '@outrigger/plugin-fs';

/** One way to the same store: the filesystem driver in this process, or in its own and over one data plane. */
export interface Subject {
  readonly label: string;
  readonly driver: StorageDriver;
  /** The driver's own process, if it has one. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

export async function openInProcess(root: string): Promise<Subject> {
  const driver = checkDriver(await filesystem.create({ rootdirectory: root, maxthreads: 100 }));
  return { label: 'in-process', driver, pid: undefined, close: () => driver.close() };
}

/** @param program - the executable of another driver with the parameter `rootdirectory`, in whatever language */
export async function openOverIpc(root: string, plane: DataPlane, program?: string): Promise<Subject> {
  const directory = await mkdtemp(join(tmpdir(), 'outrigger-bench-'));
  await chmod(directory, 0o700);
  const [command, ...args] = program === undefined ? filesystemProgram() : [program];
  const child = spawn(command, [...args, '{}'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const driver = await connectDriver({
    input: child.stdout,
    output: child.stdin,
    name: 'filesystem',
    parameters: { rootdirectory: root },
    host: { name: 'bench', version: '0' },
    directory,
    // Writes have no file plane: what is read as a file is written by the socket.
    dataPlanes: plane === 'file' ? ['file', 'socket'] : [plane],
  });
  if (driver.dataPlanes[0] !== plane) throw new Error(`the driver did not agree to the ${plane} plane`);
  return {
    label: `ipc ${plane}`,
    driver: checkDriver(driver),
    pid: child.pid,
    async close() {
      await driver.shutdown();
      await exitOf(child);
      await driver.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function filesystemProgram(): [string, string] {
  const main = join(createRequire(import.meta.url).resolve('@outrigger/plugin-fs'), '..', 'main.js');
  return [process.execPath, main];
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
