import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { controlSocket } from '../harness/control-socket.js';
import { runDriver } from '../harness/driver-directory.js';
import { request } from '../harness/http.js';
import { MAIN } from '../harness/paths.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';

/** Versions of one driver, each in a directory of its own, and a link that says which one is used: as package managers have them. */
export interface Versions {
  /** Where the link lies. */
  readonly directory: string;
  /**
   * Makes a version, and leads the link there at once.
   *
   * @param hold - a file: as long as it is there a process of this version does not begin
   */
  install(version: string, flaw?: string, hold?: string): Promise<{ readonly sha256: string }>;
}

export async function createVersions(): Promise<Versions> {
  const parent = await temporaryDirectory();
  const directory = join(parent, 'current');
  await mkdir(directory);
  return {
    directory,
    async install(version, flaw, hold) {
      const own = join(parent, version);
      await mkdir(own, { recursive: true });
      const file = join(own, 'registry-storage-versioned');
      const env = `VERSION=${version}${flaw === undefined ? '' : ` FLAW='${flaw}'`}`;
      const wait =
        hold === undefined ? '' : `[ "$1" = --describe ] || while [ -e '${hold}' ]; do sleep 0.1; done\n`;
      const script = `#!/bin/sh\n${wait}${env} ${runDriver('versioned')}\n`;
      await writeFile(file, script);
      await chmod(file, 0o755);
      // rename(2) puts the new link over the old one in one step.
      await symlink(file, join(parent, 'next'));
      await rename(join(parent, 'next'), join(directory, 'registry-storage-versioned'));
      return { sha256: createHash('sha256').update(script).digest('hex') };
    },
  };
}

export interface Driver {
  readonly pid: number;
  readonly version: string;
  readonly state: string;
  readonly worker?: number;
  readonly draining: readonly { readonly pid: number; readonly version: string; readonly users: number }[];
}

/** What the command says of a registry, and makes it do. */
export interface Operator {
  reload(): Promise<{
    readonly exitCode?: number;
    readonly stdout: string;
    readonly stderr: string;
  }>;
  status(): Promise<{ readonly config: string; readonly drivers: readonly Driver[] }>;
  /** Of the main process. */
  driver(): Promise<Driver>;
  /** Of the drivers of all processes, that of the main one first. */
  versions(): Promise<string[]>;
}

export async function operatorOf(pid: number): Promise<Operator> {
  const socketPath = await controlSocket(pid);
  const args = [MAIN, 'driver', 'reload', '--socket', socketPath, '--json'];
  // What `driver status` asks, without a process for each look.
  const status: Operator['status'] = async () => {
    const { body } = await request('http://registry/', { socketPath });
    return JSON.parse(body.toString()) as Awaited<ReturnType<Operator['status']>>;
  };
  return {
    status,
    reload: () => execa(process.execPath, args, { reject: false }),
    async driver() {
      const { drivers } = await status();
      const [own] = drivers;
      if (own === undefined) throw new Error('the registry tells of no driver');
      return own;
    },
    versions: async () => (await status()).drivers.map(({ version }) => version),
  };
}
