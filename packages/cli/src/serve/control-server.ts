import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@outrigger/registry';
import type { Environment } from '../config/overrides.js';
import { openControlDirectory } from './control-directory.js';
import type { ControlledRegistry } from './control-protocol.js';
import { SOCKET_NAME, socketName } from './control-protocol.js';
import { describeStore } from './describe-driver.js';
import type { OtherDrivers } from './driver-reload.js';
import { listen } from './listen.js';
import type { OpenStores } from './open-store.js';
import { isRunning, removeProcessFiles } from './process-files.js';
import type { StoreReload } from './reloads.js';
import { reloadByName } from './reloads.js';

export interface ControlParts {
  readonly environment: Environment;
  readonly log: Logger;
  readonly stores: OpenStores;
  readonly about: Pick<ControlledRegistry, 'version' | 'address' | 'config'>;
  /** Undefined: this process is the whole registry. */
  readonly others?: Pick<OtherDrivers, 'status'> | undefined;
  readonly reloads: readonly StoreReload[];
}

export interface ControlServer {
  /** Path of the socket. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Listens for `outrigger driver status` and `driver reload` on a Unix socket in a directory that only this user can enter: who
 * can connect could also kill the process. Without such a directory there is no socket, and a line in the log.
 */
export async function openControlServer(parts: ControlParts): Promise<ControlServer | undefined> {
  const { environment, log } = parts;
  const directory = await openControlDirectory(environment);
  if (directory === undefined) {
    log.info(
      {},
      'no private directory for a control socket: `outrigger driver status` does not find this registry',
    );
    return undefined;
  }
  await removeProcessFiles(directory, SOCKET_NAME, (pid) => pid !== process.pid && !isRunning(pid));
  const path = join(directory, socketName(process.pid));
  const server = createServer((req, res) => void answer(parts, req, res));
  try {
    await listen(server, { path });
    await chmod(path, 0o600);
  } catch (error) {
    log.warn({ err: error }, 'there is no control socket');
    return undefined;
  }
  server.unref();
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const RELOAD = /^\/drivers\/([a-z0-9-]+)\/reload$/;

async function answer(
  parts: ControlParts,
  { method, url = '' }: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const reply = (status: number, value: object) => {
    res
      .writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' })
      .end(JSON.stringify(value));
  };
  const reloaded = RELOAD.exec(url)?.[1];
  if (method === 'GET' && url === '/') reply(200, await describe(parts));
  else if (method === 'POST' && reloaded !== undefined) reply(...(await reload(parts, reloaded)));
  else reply(404, { error: 'no such thing' });
}

async function describe({ about, stores, others }: ControlParts): Promise<ControlledRegistry> {
  const drivers = [...stores.map(describeStore), ...((await others?.status()) ?? [])];
  return { pid: process.pid, ...about, drivers };
}

async function reload(parts: Pick<ControlParts, 'reloads'>, wanted: string): Promise<[number, object]> {
  try {
    const reloaded = await reloadByName(parts.reloads, wanted);
    if (reloaded !== undefined) return [200, reloaded];
    const names = [...new Set(parts.reloads.map(({ name }) => name))].join(', ');
    return [404, { error: `this registry has no driver ${wanted}, but ${names}` }];
  } catch (error) {
    return [500, { error: error instanceof Error ? error.message : 'unknown reason' }];
  }
}
