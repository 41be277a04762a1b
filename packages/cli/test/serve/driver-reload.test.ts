import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageDriver } from '@outrigger/driver';
import type { ReloadOptions } from '@outrigger/host';
import { describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../src/config/load-config.js';
import type { AuditEntry, AuditLog } from '../../src/serve/audit-log.js';
import type { OtherDrivers } from '../../src/serve/driver-reload.js';
import { createDriverReload, readSearch, reloadAtHangUp } from '../../src/serve/driver-reload.js';
import { temporaryDirectory } from '../temporary-directory.js';

function recordingLog() {
  const lines: string[] = [];
  const record = (_fields: object, message: string) => void lines.push(message);
  return { lines, debug: record, info: record, warn: record, error: record };
}

/** What is touched of a driver that runs in a process of its own. */
function fakeDriver(name: string, reload: (options: ReloadOptions) => Promise<boolean>): StorageDriver {
  let pid = 1;
  const status = () => ({
    state: 'ready',
    version: `${String(pid)}.0.0`,
    pid,
    restarts: 0,
    dataPlanes: [],
    draining: [],
  });
  const counted = async (options: ReloadOptions) => {
    const isReplaced = await reload(options);
    if (isReplaced) pid++;
    return isReplaced;
  };
  return { name, status, reload: counted } as unknown as StorageDriver;
}

function parts(driver: StorageDriver, others?: OtherDrivers) {
  const recorded: AuditEntry[] = [];
  const log = recordingLog();
  const audit = { record: (entry: AuditEntry) => void recorded.push(entry) } as unknown as AuditLog;
  const search = () => Promise.resolve({ pins: { x: 'sha256' } });
  return { driver, name: 'x', log, audit, others, search, recorded };
}

describe('a reload', () => {
  it('finds drivers as the configuration says by then, and is in the log and the audit log', async () => {
    const reload = vi.fn(() => Promise.resolve(true));
    const given = parts(fakeDriver('x', reload));
    expect(await createDriverReload(given)('command')).toMatchObject({ version: '2.0.0' });
    expect(reload).toHaveBeenCalledWith({ search: { pins: { x: 'sha256' } }, onlyIfChanged: false });
    expect(given.log.lines).toEqual([
      'a reload of the storage driver was asked for',
      'the storage driver was replaced',
    ]);
    const entry = {
      action: 'reload',
      result: 'ok',
      driver: 'x',
      agent: 'command',
      former: '1.0.0',
      version: '2.0.0',
    };
    expect(given.recorded).toMatchObject([entry]);
  });

  it('of an executable that has not changed is not in the audit log', async () => {
    const reload = vi.fn(() => Promise.resolve(false));
    const given = parts(fakeDriver('x', reload));
    await createDriverReload(given)('SIGHUP');
    expect(reload).toHaveBeenCalledWith(expect.objectContaining({ onlyIfChanged: true }));
    expect(given.recorded).toEqual([]);
  });

  it('waits for the one before it, and does not fail with it', async () => {
    const first = Promise.withResolvers<boolean>();
    const reload = vi.fn(() => Promise.resolve(true)).mockReturnValueOnce(first.promise);
    const run = createDriverReload(parts(fakeDriver('x', reload)));
    const one = run('command');
    const two = run('command');
    await expect.poll(() => reload.mock.calls.length).toBe(1);
    first.reject(new Error('the new one does not start'));
    await expect(one).rejects.toThrow('the new one does not start');
    expect(await two).toMatchObject({ version: '2.0.0' });
  });

  it('says which of the other processes could not', async () => {
    const reload = () => Promise.resolve({ drivers: [], failures: ['worker 2: out of memory'] });
    const others = { status: () => Promise.resolve([]), reload };
    const given = parts(
      fakeDriver('x', () => Promise.resolve(true)),
      others,
    );
    await expect(createDriverReload(given)('command')).rejects.toThrow(
      'not all processes of the registry have the new driver: worker 2: out of memory',
    );
    expect(given.recorded).toMatchObject([
      { result: 'failed', reason: expect.stringContaining('worker 2') as string },
    ]);
  });

  it.each([
    [{ name: 'x' } as StorageDriver, 'x runs inside the registry'],
    [
      fakeDriver('inmemory', () => Promise.resolve(true)),
      'x has its content in its process: a new one would be empty',
    ],
  ])('of what cannot be replaced says so', async (driver, message) => {
    await expect(createDriverReload(parts(driver))('command')).rejects.toThrow(message);
  });
});

describe('SIGHUP', () => {
  it('reloads, until it is given back', () => {
    const reload = vi.fn(() => Promise.reject(new Error('is in the log')));
    const given = parts(fakeDriver('x', () => Promise.resolve(true)));
    const stop = reloadAtHangUp(reload, given);
    process.emit('SIGHUP', 'SIGHUP');
    stop();
    process.emit('SIGHUP', 'SIGHUP');
    expect(reload.mock.calls).toEqual([['SIGHUP']]);
  });

  it('is nothing to a driver inside the registry', () => {
    const reload = vi.fn(() => Promise.reject(new Error('never')));
    const stop = reloadAtHangUp(reload, parts({ name: 'x' } as StorageDriver));
    process.emit('SIGHUP', 'SIGHUP');
    stop();
    expect(reload).not.toHaveBeenCalled();
  });
});

it('pins and directories are those of the configuration by then; that more has changed is said', async () => {
  const directory = await temporaryDirectory();
  const file = join(directory, 'config.yml');
  const write = (sha256: string, root: string) =>
    writeFile(
      file,
      JSON.stringify({
        version: '0.1',
        storage: { filesystem: { rootdirectory: join(directory, root) } },
        outrigger: { drivers: { directories: [directory], filesystem: { sha256 } } },
      }),
    );
  const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
  await write(one, 'a');
  const { config } = await loadConfig(file, {});
  const log = recordingLog();
  const search = readSearch({ file, environment: {} }, config, log);
  await write(two, 'a');
  expect(await search()).toMatchObject({ pins: { filesystem: two } });
  expect(log.lines).toEqual([]);
  await write(two, 'b');
  expect((await search()).driverDirectories).toContain(directory);
  expect(log.lines).toEqual([
    expect.stringContaining('the storage section of the configuration has changed'),
  ]);
  await writeFile(file, 'nothing of the kind');
  await expect(search()).rejects.toMatchObject({ name: 'ConfigError' });
});
