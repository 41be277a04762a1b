import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { checkDriver } from '@outrigger/driver';
import type { StorageDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { createRegistry } from '@outrigger/registry';
import { onTestFinished } from 'vitest';
import type { RegistryServer, ServerParts } from '../../src/serve/create-server.js';
import { createServer } from '../../src/serve/create-server.js';

export interface RunningServer extends RegistryServer {
  readonly port: number;
  readonly driver: StorageDriver;
}

export interface RunningOptions extends Partial<ServerParts> {
  readonly driver?: StorageDriver;
  readonly patienceMs?: number;
}

export async function memoryDriver(): Promise<StorageDriver> {
  return checkDriver(await inmemory.create({}));
}

/** A registry behind the server of the command, on a free port, until the test has finished. */
export async function runServer(options: RunningOptions = {}): Promise<RunningServer> {
  const { driver = await memoryDriver(), patienceMs, ...parts } = options;
  const registry = createRegistry({
    driver,
    secret: Buffer.from('a secret'),
    deleteEnabled: true,
    log: SILENT,
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  const running = createServer({ registry, headers: {}, accessLog: undefined, ...parts });
  const { server, connections } = running;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    connections.destroyAll();
    server.closeAllConnections();
    await closed;
    await registry.close();
  });
  return { ...running, driver, port: (server.address() as AddressInfo).port };
}

export const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export function content(size: number): { bytes: Buffer; digest: string } {
  const bytes = randomBytes(size);
  return { bytes, digest: digestOf(bytes) };
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The driver with some methods replaced. */
export function overrideDriver(driver: StorageDriver, override: Partial<StorageDriver>): StorageDriver {
  return new Proxy(driver, {
    get: (target, key, receiver) => {
      const chosen: unknown = Reflect.get(key in override ? override : target, key, receiver);
      return chosen;
    },
  });
}
