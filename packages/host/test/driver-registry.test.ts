import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DriverFactory, StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { discover, searchDirectories } from '../src/discover.js';
import { DriverRegistry, InvalidStorageDriverError } from '../src/index.js';
import { CHAOS_DIRECTORY, SHORT } from './open-chaos.js';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outrigger-registry-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const failing = async (path: string) =>
  Promise.reject(new StorageError('PATH_NOT_FOUND', `not here: ${path}`));
const factory: DriverFactory = {
  name: 'test',
  version: '1',
  parameters: {},
  environment: [],
  capabilities: {},
  create: async () => ({ name: 'test', capabilities: {}, stat: failing }) as unknown as StorageDriver,
};

function registry(options: { driverDirectories?: string[]; environment?: Record<string, string> } = {}) {
  return new DriverRegistry({ hostVersion: '0', pathLookup: false, timings: SHORT, ...options });
}

describe('F1-F3: register and create', () => {
  test('a registered driver is created in-process, behind the checks', async () => {
    const drivers = registry();
    drivers.register('test', factory);
    const driver = await drivers.create('test');
    await expect(driver.stat('/a')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND', driver: 'test' });
    await expect(driver.stat('a/../b')).rejects.toMatchObject({ code: 'INVALID_PATH' });
    expect(drivers.registered).toEqual(['test']);
  });

  test('no factory, and a name twice, are refused', () => {
    const drivers = registry();
    drivers.register('test', factory);
    expect(() => {
      drivers.register('test', factory);
    }).toThrow('StorageDriverFactory named test already registered');
    expect(() => {
      drivers.register('other', null);
    }).toThrow('Must not provide nil StorageDriverFactory');
  });
});

describe('F5: none of that name', () => {
  test('names the places that were searched', async () => {
    const error: unknown = await registry({ driverDirectories: [directory, '/no/such/directory'] })
      .create('nope')
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof InvalidStorageDriverError)) throw error;
    expect(error.driver).toBe('nope');
    expect(error.searched).toEqual([directory, '/no/such/directory']);
    expect(error.message).toBe(
      `StorageDriver not registered: nope (registry-storage-nope: searched ${directory}, /no/such/directory)`,
    );
  });

  test.each(['../../bin/sh', '/bin/sh', 'a b', '-x', '', 'a'.repeat(33), 'A', 'x\n', './x', '__proto__'])(
    'F9, S03: %j is refused before any look-up',
    async (name) => {
      const error: unknown = await registry({ driverDirectories: [directory] })
        .create(name)
        .catch((thrown: unknown) => thrown);
      if (!(error instanceof InvalidStorageDriverError)) throw error;
      expect(error.searched).toEqual([]);
      expect(error.message).toContain("a driver's name matches");
    },
  );
});

describe('F4, F6: where executables are looked for', () => {
  async function install(place: string, mode = 0o755) {
    await mkdir(place, { recursive: true });
    const path = join(place, 'registry-storage-x');
    await writeFile(path, '#!/bin/sh\n');
    await chmod(path, mode);
    return path;
  }

  test('configured directories come before the PATH', async () => {
    const own = await install(join(directory, 'own'));
    const onPath = await install(join(directory, 'path'));
    const environment = { PATH: join(directory, 'path') };
    const driverDirectories = [join(directory, 'none'), join(directory, 'own')];
    expect(await discover('x', { driverDirectories, environment })).toMatchObject({ path: own });
    expect(await discover('x', { environment })).toMatchObject({ path: onPath });
    await expect(discover('x', { environment, pathLookup: false })).rejects.toThrow(
      InvalidStorageDriverError,
    );
  });

  test('S04: empty and relative entries are ignored', () => {
    expect(
      searchDirectories({ environment: { PATH: ':/b:.:c:/d::/b' }, driverDirectories: ['e', '/a'] }),
    ).toEqual(['/a', '/b', '/d']);
  });

  test('a file that is not executable is passed over, a link is resolved', async () => {
    await install(join(directory, 'plain'), 0o644);
    const target = await install(join(directory, 'target'));
    await mkdir(join(directory, 'link'));
    await symlink(target, join(directory, 'link', 'registry-storage-x'));
    const driverDirectories = [join(directory, 'plain'), join(directory, 'link')];
    expect(await discover('x', { driverDirectories, pathLookup: false })).toEqual({
      path: join(directory, 'link', 'registry-storage-x'),
      realPath: target,
    });
  });

  test('a driver that is found runs in a process of its own', async () => {
    const drivers = registry({ driverDirectories: [CHAOS_DIRECTORY] });
    const driver = await drivers.create('chaos', { root: directory });
    expect(driver.name).toBe('chaos');
    await driver.put('/a', Buffer.from('x'));
    expect((await driver.stat('/a')).size).toBe(1);
    await driver.close();
  });
});
