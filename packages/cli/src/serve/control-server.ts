import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageDriver } from '@outrigger/driver';
import type { Logger } from '@outrigger/registry';
import type { Environment } from '../config/overrides.js';
import { openControlDirectory } from './control-directory.js';
import type { ControlledDriver, ControlledRegistry } from './control-protocol.js';
import { SOCKET_NAME, socketName } from './control-protocol.js';
import { listen } from './listen.js';
import { isRunning, removeProcessFiles } from './process-files.js';
import { supervisedDriver } from './supervised-driver.js';

export interface ControlParts {
  readonly environment: Environment;
  readonly log: Logger;
  /** The driver, under the name of the configuration. */
  readonly driver: StorageDriver;
  readonly name: string;
  readonly about: Pick<ControlledRegistry, 'version' | 'address' | 'config'>;
  /** Undefined: this process is the whole registry. */
  readonly others?: OtherDrivers | undefined;
}

/** The drivers of the same store in other processes of the registry. */
export interface OtherDrivers {
  status(): Promise<ControlledDriver[]>;
  /** One after the other. */
  restart(): Promise<ControlledDriver[]>;
}

export interface ControlServer {
  /** Path of the socket. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Listens for `outrigger driver status` and `driver restart` on a Unix socket in a directory that only this user can enter: who
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

const RESTART = /^\/drivers\/([a-z0-9-]+)\/restart$/;

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
  const restarted = RESTART.exec(url)?.[1];
  if (method === 'GET' && url === '/') reply(200, await describe(parts));
  else if (method === 'POST' && restarted !== undefined) reply(...(await restart(parts, restarted)));
  else reply(404, { error: 'no such thing' });
}

async function describe({ about, driver, name, others }: ControlParts): Promise<ControlledRegistry> {
  const drivers = [describeDriver(driver, name), ...((await others?.status()) ?? [])];
  return { pid: process.pid, ...about, drivers };
}

export function describeDriver(driver: StorageDriver, name: string): ControlledDriver {
  const status = supervisedDriver(driver)?.status();
  if (status === undefined) return { name, state: 'in-process' };
  const { state, version, pid, restarts, dataPlanes, path, realPath, lastError } = status;
  return {
    name,
    state,
    version,
    pid,
    restarts,
    breaker: state === 'open' ? 'open' : 'closed',
    dataPlanes: [...dataPlanes],
    path,
    realPath,
    lastError,
  };
}

async function restart(parts: ControlParts, wanted: string): Promise<[number, object]> {
  const { driver, name, log, others } = parts;
  const supervised = supervisedDriver(driver);
  if (wanted !== name) return [404, { error: `this registry has no driver ${wanted}, but ${name}` }];
  if (supervised === undefined) return [409, { error: `${name} runs inside the registry: restart that` }];
  log.info({ driver: name }, 'a restart of the storage driver was asked for');
  try {
    await supervised.restart();
    const own = describeDriver(driver, name);
    return [200, others === undefined ? own : { ...own, others: await others.restart() }];
  } catch (error) {
    log.error({ driver: name, err: error }, 'the storage driver was not restarted, the running one stays');
    return [500, { error: error instanceof Error ? error.message : 'unknown reason' }];
  }
}
