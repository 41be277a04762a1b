import { isStorageError, readFully } from '@outrigger/driver';
import type { ContentReader, StorageErrorCode } from '@outrigger/driver';
import { InvalidParametersError } from '@outrigger/driver';
import { expect } from 'vitest';
import { IncompatibleVersionError, ProtocolViolation } from '../../src/host.js';
import type { RemoteDriver } from '../../src/host.js';
import type { HostScript } from './play-driver.js';

/** What the host does in each transcript that it is tested with. */
export const HOST_SCRIPTS: Readonly<Record<string, HostScript>> = {
  handshake: async (connect) => {
    const driver = await connect();
    expect(driver).toMatchObject({ name: 'inmemory', dataPlanes: ['inline'], protocolVersion: 1 });
  },
  'handshake-small-limits': async (connect) => {
    await connect();
  },
  'handshake-refused-version': async (connect) => {
    await expect(connect()).rejects.toBeInstanceOf(IncompatibleVersionError);
  },
  'handshake-foreign-version': async (connect) => {
    await expect(connect()).rejects.toBeInstanceOf(IncompatibleVersionError);
  },
  'handshake-bad-parameters': async (connect) => {
    const failure: unknown = await connect().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidParametersError);
    expect((failure as InvalidParametersError).issues).toEqual([
      { key: 'nosuchparameter', message: 'unknown parameter' },
    ]);
  },
  'handshake-unknown-extras': async (connect) => {
    const driver = await connect();
    expect(driver.capabilities).toEqual({ walk: true });
    expect(driver.dataPlanes).toEqual(['inline']);
  },
  ping: (connect) => connect().then((driver) => driver.ping()),
  shutdown: async (connect) => {
    const driver = await connect();
    await put(driver, '/a', 'kept');
    await driver.shutdown();
  },
  progress: (connect) => connect().then((driver) => driver.delete('/a')),
  pipelined: async (connect) => {
    const driver = await connect();
    await put(driver, '/p/a', 'one');
    await put(driver, '/p/b', 'three');
    const [a, b, c] = await Promise.all([
      driver.stat('/p/a'),
      driver.stat('/p/b'),
      driver.stat('/p/c').catch((error: unknown) => error),
    ]);
    expect([a.size, b.size]).toEqual([3, 5]);
    expect(isStorageError(c, 'PATH_NOT_FOUND')).toBe(true);
  },
  cancel: async (connect) => {
    const driver = await connect();
    await put(driver, '/a', 'x');
    const abort = new AbortController();
    const cancelled = fails('CANCELLED', driver.stat('/a', { signal: abort.signal }));
    abort.abort();
    await cancelled;
    await driver.ping();
  },
  'errors-answered': async (connect) => {
    const driver = await connect();
    const codes = [
      'PATH_NOT_FOUND',
      'INVALID_PATH',
      'INVALID_OFFSET',
      'UNSUPPORTED',
      'ALREADY_CLOSED',
    ] as const;
    for (const code of codes) await fails(code, driver.stat('/a'), false);
    await fails('QUOTA_EXCEEDED', driver.stat('/a'), false);
    await fails('UNAVAILABLE', driver.stat('/a'), true);
    await fails('CANCELLED', driver.stat('/a'), false);
    await fails('INTERNAL', driver.stat('/a'), false);
    await fails('UNAVAILABLE', driver.stat('/a'), false);
    await fails('UNSUPPORTED', driver.stat('/a'), false);
    await fails('INTERNAL', driver.stat('/a'), false);
    await fails('INTERNAL', driver.stat('/a'), false);
  },
  'lie-unknown-id': (connect) => breaks(connect),
  'lie-second-answer': (connect) => breaks(connect, (driver) => driver.ping()),
  'lie-schema': (connect) => breaks(connect),
  'lie-request': (connect) => breaks(connect),
  'lie-stray-output': async (connect) => {
    const broken = await breaks(connect);
    expect(broken.message).toContain('hello from a print statement');
  },
  'lie-length': async (connect) => {
    const driver = await connect();
    await fails('UNAVAILABLE', driver.get('/a'));
    await driver.ping();
  },
  stat: async (connect) => {
    const driver = await connect();
    await put(driver, '/a/b', 'hello');
    const info = { path: '/a/b', size: 5, isDir: false, modTime: new Date(1763769600000) };
    expect(await driver.stat('/a/b')).toMatchObject(info);
    expect(await driver.stat('/a')).toMatchObject({ path: '/a', size: 0, isDir: true });
    for (const path of ['/a/c', '/a/b/c', '/ab']) await fails('PATH_NOT_FOUND', driver.stat(path));
  },
  list: async (connect) => {
    const driver = await connect();
    await put(driver, '/l/b/x', '1');
    await put(driver, '/l/C', '2');
    await put(driver, '/l/a', '3');
    const first = await driver.list('/l', { limit: 2 });
    expect(first.entries.map(({ path }) => path)).toEqual(['/l/C', '/l/a']);
    const last = await driver.list('/l', { cursor: first.cursor, limit: 2 });
    expect(last.entries.map(({ path }) => path)).toEqual(['/l/b']);
    expect(last.cursor).toBeUndefined();
    expect((await driver.list('/l')).entries).toHaveLength(3);
    expect((await driver.list('/')).entries).toHaveLength(1);
    for (const path of ['/nothing', '/l/a']) await fails('PATH_NOT_FOUND', driver.list(path));
  },
  walk: async (connect) => {
    const driver = await connect();
    await put(driver, '/w/a-b', '1');
    await put(driver, '/w/a/x', '22');
    await put(driver, '/w/a/y', '333');
    await put(driver, '/w/b', '4444');
    const pathsOf = async (options: Parameters<RemoteDriver['walk']>[1]) =>
      (await driver.walk('/w', options)).entries.map(({ path }) => path);
    expect(await pathsOf({ limit: 2 })).toEqual(['/w/a', '/w/a/x']);
    expect(await pathsOf({ after: '/w/a/x', limit: 2 })).toEqual(['/w/a/y', '/w/a-b']);
    expect(await pathsOf({ after: '/w/a-b' })).toEqual(['/w/b']);
    expect(await pathsOf({ after: '/w/a', skipChildren: true })).toEqual(['/w/a-b', '/w/b']);
    await fails('PATH_NOT_FOUND', driver.walk('/nothing'));
  },
  'get-put': async (connect) => {
    const driver = await connect();
    for (const content of ['hello', 'other content', '']) {
      await put(driver, '/g/a', content);
      expect(await get(driver, '/g/a')).toBe(content);
    }
    for (const path of ['/g/b', '/g']) await fails('PATH_NOT_FOUND', driver.get(path));
  },
  delete: async (connect) => {
    const driver = await connect();
    await put(driver, '/d/a', '1');
    await put(driver, '/d/b/c', '2');
    await put(driver, '/dd', '3');
    await driver.delete('/d');
    for (const path of ['/d/a', '/d']) await fails('PATH_NOT_FOUND', driver.stat(path));
    expect(await get(driver, '/dd')).toBe('3');
    await fails('PATH_NOT_FOUND', driver.delete('/d'));
    await driver.delete('/dd');
    await fails('PATH_NOT_FOUND', driver.stat('/dd'));
  },
  move: async (connect) => {
    const driver = await connect();
    await put(driver, '/m/a', 'one');
    await put(driver, '/n/b', 'two');
    await driver.move('/m/a', '/n/b');
    expect(await get(driver, '/n/b')).toBe('one');
    await fails('PATH_NOT_FOUND', driver.stat('/m/a'));
    await driver.move('/n', '/o/p');
    expect(await get(driver, '/o/p/b')).toBe('one');
    await fails('PATH_NOT_FOUND', driver.stat('/n/b'));
    await fails('PATH_NOT_FOUND', driver.move('/m/a', '/o/p/b'));
    expect(await get(driver, '/o/p/b')).toBe('one');
  },
  copy: async (connect) => {
    const driver = await connect();
    await put(driver, '/c/a', 'one');
    await driver.copy('/c/a', '/e/b');
    for (const path of ['/c/a', '/e/b']) expect(await get(driver, path)).toBe('one');
    await fails('PATH_NOT_FOUND', driver.copy('/c/x', '/e/b'));
    expect(await get(driver, '/e/b')).toBe('one');
  },
  'read-inline': async (connect) => {
    const driver = await connect();
    await write(driver, '/r/a', TWENTY);
    expect(await readAll(await driver.reader('/r/a'))).toBe(TWENTY);
    expect(await readAll(await driver.reader('/r/a', { offset: 5, length: 10 }))).toBe(TWENTY.slice(5, 15));
    for (const offset of [20, 25]) expect(await readAll(await driver.reader('/r/a', { offset }))).toBe('');
    await fails('INVALID_OFFSET', driver.reader('/r/a', { offset: -1 }));
    for (const path of ['/r/b', '/r']) await fails('PATH_NOT_FOUND', driver.reader(path));
  },
  'put-large': async (connect) => {
    const driver = await connect();
    await put(driver, '/p/a', TWENTY);
    expect(await get(driver, '/p/a')).toBe(TWENTY);
  },
  writer: async (connect) => {
    const driver = await connect();
    for (const content of [TWENTY, '123456789']) {
      await write(driver, '/w/a', content);
      expect((await driver.stat('/w/a')).size).toBe(content.length);
    }
  },
  'writer-append': async (connect) => {
    const driver = await connect();
    const first = await driver.writer('/w/a');
    await first.write(Buffer.from('123456789'));
    await first.close();
    const second = await driver.writer('/w/a', { mode: 'append' });
    expect(second.size).toBe(9);
    await second.write(Buffer.from('abcdefghij'));
    await second.commit();
    expect((await driver.stat('/w/a')).size).toBe(19);
    await fails('PATH_NOT_FOUND', driver.writer('/w/b', { mode: 'append' }));
    await put(driver, '/w/empty', '');
    const third = await driver.writer('/w/empty', { mode: 'append' });
    await third.write(Buffer.from('123456789'));
    await third.commit();
  },
  'writer-cancel': async (connect) => {
    const driver = await connect();
    const writer = await driver.writer('/w/a');
    await writer.write(Buffer.from('123456789'));
    await writer.cancel();
    await fails('PATH_NOT_FOUND', driver.stat('/w/a'));
    await fails('PATH_NOT_FOUND', driver.writer('/w/a', { mode: 'append' }));
  },
  'commit-to': async (connect) => {
    const driver = await connect();
    await put(driver, '/t/object', 'old');
    const writer = await driver.writer('/t/upload');
    await writer.write(Buffer.from('content'));
    await writer.commitTo('/t/object');
    expect((await driver.stat('/t/object')).size).toBe(7);
    await fails('PATH_NOT_FOUND', driver.stat('/t/upload'));
  },
  'writer-isolated': async (connect) => {
    const driver = await connect();
    const one = await driver.writer('/i/a', { mode: 'isolated' });
    await one.write(Buffer.from('first-content'));
    await fails('PATH_NOT_FOUND', driver.stat('/i/a'));
    const two = await driver.writer('/i/a', { mode: 'isolated' });
    await two.write(Buffer.from('other-words'));
    await two.cancel();
    await one.commit();
    expect((await driver.stat('/i/a')).size).toBe(13);
  },
};

const TWENTY = 'abcdefghijklmnopqrst';

const put = (driver: RemoteDriver, path: string, text: string) => driver.put(path, Buffer.from(text));

const get = async (driver: RemoteDriver, path: string) => Buffer.from(await driver.get(path)).toString();

async function write(driver: RemoteDriver, path: string, text: string): Promise<void> {
  const writer = await driver.writer(path);
  await writer.write(Buffer.from(text));
  await writer.commit();
}

async function readAll(reader: ContentReader): Promise<string> {
  const content = Buffer.alloc(64);
  const count = await readFully(reader, content);
  await reader.close();
  return content.toString('utf8', 0, count);
}

async function fails(code: StorageErrorCode, call: Promise<unknown>, retryable?: boolean): Promise<void> {
  const error: unknown = await call.then(
    () => 'no error',
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({ code, ...(retryable === undefined ? {} : { retryable }) });
}

/** The open call is rejected as retryable, and the connection is over because the driver broke the protocol. */
async function breaks(
  connect: () => Promise<RemoteDriver>,
  before: (driver: RemoteDriver) => Promise<unknown> = () => Promise.resolve(),
): Promise<Error> {
  const driver = await connect();
  await before(driver);
  await fails('UNAVAILABLE', driver.stat('/a'), true);
  const broken = await driver.broken;
  expect(broken).toBeInstanceOf(ProtocolViolation);
  return broken;
}
