import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessUsage } from '../peers/process-tree.js';
import { treeUsage } from '../peers/process-tree.js';
import type { Server } from '../peers/servers.js';
import { SERVERS } from '../peers/servers.js';
import type { RunningServer } from '../peers/start-server.js';
import { startServer } from '../peers/start-server.js';
import { Connection } from '../http/connection.js';
import { pushBlob, verifyContent } from '../registry-client.js';
import { ContentSource } from '../content.js';

/** Memory above what was resident when idle, in MiB. */
export interface Growth {
  readonly host: number;
  readonly driver: number;
}

export interface LoadedServer extends RunningServer {
  /** Peak so far of host and driver, over idle. */
  growth(): Growth;
  /** Any process of them that was there when idle is gone. */
  lostProcesses(): readonly string[];
}

/** What is loaded at start is done then. */
const SETTLE_MS = 1000;

export function serverOf(name: string): Server {
  const server = SERVERS.find((each) => each.name === name);
  if (server === undefined)
    throw new Error(`no server ${name}: there are ${SERVERS.map((each) => each.name).join(', ')}`);
  return server;
}

/** Starts a registry on an empty store, has it do a little of everything, and notes what it then holds. */
export async function startLoaded(name = 'outrigger'): Promise<LoadedServer> {
  const running = await startServer(serverOf(name));
  const connection = await Connection.open(running.port);
  const blob = new ContentSource(4096).next();
  await pushBlob(connection, 'load/idle', blob);
  await verifyContent(connection, `/v2/load/idle/blobs/${blob.digest}`, blob.digest);
  connection.close();
  await delay(SETTLE_MS);
  const idle = treeUsage(running.pid).processes;
  const growthOf = (now: readonly ProcessUsage[], isHost: boolean) =>
    idle
      .filter(({ pid }) => (pid === running.pid) === isHost)
      .map(({ pid, residentMiB }) => (now.find((each) => each.pid === pid)?.peakMiB ?? 0) - residentMiB)
      .reduce((sum, growth) => sum + Math.max(0, growth), 0);
  return {
    ...running,
    growth() {
      const { processes } = treeUsage(running.pid);
      return { host: growthOf(processes, true), driver: growthOf(processes, false) };
    },
    lostProcesses() {
      const { processes } = treeUsage(running.pid);
      return idle.filter(({ pid }) => processes.every((each) => each.pid !== pid)).map((each) => each.name);
    },
  };
}
