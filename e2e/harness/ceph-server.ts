import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cephConfig } from './ceph-config.js';
import { createKeyring } from './ceph-keyring.js';
import type { ServerProcess } from './server-process.js';
import { startServer } from './server-process.js';
import { freePort } from './start-registry.js';
import { makeTemporaryDirectory } from './temporary-directory.js';
import { needTool } from './tool.js';

/** A cluster of one monitor and one store of objects, on loopback and in a directory of its own. */
export interface CephCluster {
  /** The path of its `ceph.conf`, which names the keyring with `client.admin`. */
  readonly config: string;
  readonly monitor: ServerProcess;
  /** What is acknowledged is on the disk: it may be killed, and started again. */
  readonly store: ServerProcess;
  /**
   * Runs `ceph`, or another command that understands `--conf`, and answers what it prints.
   *
   * @throws Error with what it printed when it fails
   */
  run(command: string, ...args: readonly string[]): Promise<string>;
  /** A daemon of the cluster that is stopped with it. */
  startDaemon(
    command: string,
    args: readonly string[],
    isReady: () => Promise<boolean>,
  ): Promise<ServerProcess>;
  /** The end of every daemon and of all data. */
  stop(): Promise<void>;
}

/** A machine that is busy starts them slowly. */
const READY_MS = 100_000;

/**
 * Without a manager: nothing here is balanced, scaled or measured.
 *
 * @throws Error Ceph's programs, tools of the long form, are not all there
 */
export async function startCeph(): Promise<CephCluster> {
  const { path, remove } = await makeTemporaryDirectory();
  const config = join(path, 'ceph.conf');
  const daemons: ServerProcess[] = [];

  const run: CephCluster['run'] = async (command, ...args) => {
    const { stdout } = await execa(command, ['--conf', config, ...args], {
      stdin: 'ignore',
      timeout: READY_MS,
    });
    return stdout;
  };
  const startDaemon: CephCluster['startDaemon'] = async (command, args, answers) => {
    const flags = ['--conf', config, '--foreground', ...args];
    const launch = { command, args: flags, url: config, answers, timeoutMs: READY_MS };
    const daemon = await startServer(launch);
    daemons.push(daemon);
    return daemon;
  };
  const stop = async () => {
    for (const daemon of daemons.toReversed()) await daemon.kill();
    await remove();
  };

  try {
    const place = { id: randomUUID(), monitor: `v2:127.0.0.1:${await freePort()}` };
    await writeFile(config, cephConfig(path, place));
    await writeFile(join(path, 'keyring'), createKeyring(), { mode: 0o600 });
    for (const name of ['mon', 'osd']) await mkdir(join(path, name));
    await run(
      'monmaptool',
      '--create',
      '--fsid',
      place.id,
      '--addv',
      'a',
      `[${place.monitor}]`,
      join(path, 'map'),
    );
    const monitor = await startMonitor(join(path, 'map'), { run, startDaemon });
    const store = await startStore({ run, startDaemon });
    return { config, monitor, store, run, startDaemon, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Tools = Pick<CephCluster, 'run' | 'startDaemon'>;

async function startMonitor(map: string, { run, startDaemon }: Tools): Promise<ServerProcess> {
  const program = needTool('ceph-mon');
  await run(program, '--mkfs', '--id', 'a', '--monmap', map);
  return startDaemon(program, ['--id', 'a'], () =>
    succeeds(run('ceph', '--connect-timeout', '10', 'mon', 'stat')),
  );
}

async function startStore({ run, startDaemon }: Tools): Promise<ServerProcess> {
  const program = needTool('ceph-osd');
  const uuid = randomUUID();
  await run('ceph', 'osd', 'new', uuid, '0');
  await run(program, '--mkfs', '--id', '0', '--osd-uuid', uuid);
  return startDaemon(program, ['--id', '0'], () => succeeds(run('ceph', 'tell', 'osd.0', 'version')));
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
