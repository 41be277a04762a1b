import { describe, expect, test } from 'vitest';
import {
  type DriverCall,
  MAX_PUT_SIZE,
  type StorageDriver,
  checkDriver,
  pathNotFound,
} from '../src/index.js';
import { MOD_TIME, fakeDriver } from './fake-driver.js';

const INFO = { path: '/a', size: 1, modTime: MOD_TIME, isDir: false };

/** Every method with a path, called with it. */
const CALLS: readonly [
  string,
  (driver: StorageDriver, path: string, signal?: AbortSignal) => Promise<unknown> | undefined,
][] = [
  ['stat', (driver, path, signal) => driver.stat(path, { signal })],
  ['list', (driver, path, signal) => driver.list(path, { signal })],
  ['walk', (driver, path, signal) => driver.walk?.(path, { signal })],
  ['get', (driver, path, signal) => driver.get(path, { signal })],
  ['put', (driver, path, signal) => driver.put(path, new Uint8Array(1), { signal })],
  ['reader', (driver, path, signal) => driver.reader(path, { signal })],
  ['writer', (driver, path, signal) => driver.writer(path, { signal })],
  ['move', (driver, path, signal) => driver.move(path, '/b', { signal })],
  ['delete', (driver, path, signal) => driver.delete(path, { signal })],
  ['copy', (driver, path, signal) => driver.copy?.(path, '/b', { signal })],
  ['redirectURL', (driver, path, signal) => driver.redirectURL?.(path, { method: 'GET', signal })],
  ['localFile', (driver, path, signal) => driver.localFile?.(path, { signal })],
];
const ALL = {
  walk: true,
  copy: true,
  redirectURL: true,
  localFiles: true,
  isolatedWriters: true,
  roots: ['/srv'],
};
const ROOT_CALLS = ['stat', 'list', 'walk'];

/** Every method notes that it was reached, then fails with what it is given. */
function failingDriver(error: unknown): { driver: StorageDriver; reached: string[] } {
  const reached: string[] = [];
  const method = (name: string) => () => {
    reached.push(name);
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a driver may throw anything
    return Promise.reject(error);
  };
  const methods = Object.fromEntries(CALLS.map(([name]) => [name, method(name)]));
  return { reached, driver: fakeDriver({ ...methods, capabilities: ALL }) };
}

describe.each(CALLS)('%s', (name, call) => {
  test('refuses a bad path before the driver sees it', async () => {
    const { driver, reached } = failingDriver(new Error('reached'));
    for (const path of ['', 'a', '/a/', '/a/../b']) {
      await expect(call(checkDriver(driver), path)).rejects.toMatchObject({
        code: 'INVALID_PATH',
        driver: 'fake',
        path,
      });
    }
    expect(reached).toEqual([]);
  });

  test(ROOT_CALLS.includes(name) ? 'takes the root' : 'refuses the root', async () => {
    const { driver, reached } = failingDriver(pathNotFound('/'));
    const code = ROOT_CALLS.includes(name) ? 'PATH_NOT_FOUND' : 'INVALID_PATH';
    await expect(call(checkDriver(driver), '/')).rejects.toMatchObject({ code });
    expect(reached).toEqual(ROOT_CALLS.includes(name) ? [name] : []);
  });

  test('does not start when the signal is aborted', async () => {
    const { driver, reached } = failingDriver(new Error('reached'));
    await expect(call(checkDriver(driver), '/a', AbortSignal.abort())).rejects.toMatchObject({
      code: 'CANCELLED',
      driver: 'fake',
      path: '/a',
    });
    expect(reached).toEqual([]);
  });

  test('stamps the name of the driver and wraps what is unknown', async () => {
    await expect(call(checkDriver(failingDriver(pathNotFound('/a')).driver), '/a')).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      driver: 'fake',
      message: 'fake: path not found: /a',
    });
    const own = new Error('ENOENT');
    await expect(call(checkDriver(failingDriver(own).driver), '/a')).rejects.toMatchObject({
      code: 'INTERNAL',
      cause: own,
      path: '/a',
    });
    await expect(call(checkDriver(failingDriver('text').driver), '/a')).rejects.toMatchObject({
      code: 'INTERNAL',
      cause: 'text',
    });
  });

  test('is observed once, with its time and its error', async () => {
    const calls: DriverCall[] = [];
    const { driver } = failingDriver(pathNotFound('/a'));
    await expect(
      call(
        checkDriver(driver, (done) => calls.push(done)),
        '/a',
      ),
    ).rejects.toThrow();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      driver: 'fake',
      action: name,
      path: '/a',
      error: { code: 'PATH_NOT_FOUND' },
    });
    expect(calls[0]?.durationMs).toBeGreaterThanOrEqual(0);
  });
});

describe('checkDriver', () => {
  test('a driver that throws instead of rejecting is wrapped too', async () => {
    const driver = fakeDriver({
      stat: () => {
        throw new Error('at once');
      },
    });
    await expect(checkDriver(driver).stat('/a')).rejects.toMatchObject({ code: 'INTERNAL', driver: 'fake' });
  });

  test('a good call has no error in what is observed', async () => {
    const calls: DriverCall[] = [];
    const driver = checkDriver(fakeDriver({ stat: async () => INFO }), (done) => calls.push(done));
    expect(await driver.stat('/a')).toBe(INFO);
    expect(calls[0]).not.toHaveProperty('error');
  });

  test('both paths of move and copy are checked', async () => {
    const driver = checkDriver(fakeDriver({}));
    await expect(driver.move('/a', 'b')).rejects.toMatchObject({ code: 'INVALID_PATH', path: 'b' });
    await expect(driver.copy?.('/a', 'b')).rejects.toMatchObject({ code: 'INVALID_PATH', path: 'b' });
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53])('reader refuses offset %d', async (offset) => {
    await expect(checkDriver(fakeDriver({})).reader('/a', { offset })).rejects.toMatchObject({
      code: 'INVALID_OFFSET',
    });
    await expect(checkDriver(fakeDriver({})).reader('/a', { length: offset })).rejects.toMatchObject({
      code: 'INVALID_OFFSET',
    });
  });

  test.each([0, -1, 1.5, 1001])('list and walk refuse limit %d', async (limit) => {
    await expect(checkDriver(fakeDriver({})).list('/a', { limit })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      path: '/a',
    });
    await expect(checkDriver(fakeDriver({})).walk?.('/a', { limit })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      path: '/a',
    });
  });

  test('put refuses what is too large', async () => {
    const put = checkDriver(fakeDriver({ put: async () => undefined }));
    await expect(put.put('/a', new Uint8Array(MAX_PUT_SIZE))).resolves.toBeUndefined();
    await expect(put.put('/a', new Uint8Array(MAX_PUT_SIZE + 1))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  test('what the driver does not have is unsupported; a redirect is null', async () => {
    const driver = checkDriver(fakeDriver({}));
    await expect(driver.walk?.('/a')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      detail: 'unsupported: walk',
    });
    await expect(driver.copy?.('/a', '/b')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      detail: 'unsupported: copy',
    });
    await expect(driver.localFile?.('/a')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(driver.writer('/a', { mode: 'isolated' })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(driver.redirectURL?.('/a', { method: 'GET' })).resolves.toBeNull();
  });

  test('what the driver has and does not declare is not used', async () => {
    const { driver, reached } = failingDriver(new Error('reached'));
    const checked = checkDriver({ ...driver, capabilities: {} });
    await expect(checked.walk?.('/a')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(checked.copy?.('/a', '/b')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(checked.localFile?.('/a')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(checked.redirectURL?.('/a', { method: 'GET' })).resolves.toBeNull();
    expect(reached).toEqual([]);
  });

  test('name and capabilities are those of the driver, also when they change', () => {
    let name = 'one';
    const driver = { ...fakeDriver({}) };
    Object.defineProperty(driver, 'name', { get: () => name });
    const checked = checkDriver(driver);
    name = 'two';
    expect(checked.name).toBe('two');
    expect(checked.capabilities).toBe(driver.capabilities);
  });
});
