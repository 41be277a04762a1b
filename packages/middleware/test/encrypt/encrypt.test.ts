import type { StorageDriver } from '@outrigger/driver';
import { readToEnd } from '@outrigger/driver';
import { randomBytes, randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { encrypt } from '../../src/index.js';
import { HEADER, STORED_CHUNK, contentSize, storedSize } from '../../src/encrypt/format.js';
import { SILENT } from '../wrap-parts.js';
import { inmemory } from '@outrigger/plugin-memory';
import { change, encryptedStore, keyLine, read, write } from './store.js';

const CHUNK = 64 * 1024;
const SIZES = [0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 20 * CHUNK + 17];
const AUTHENTIC = { code: 'INTERNAL' };

test.each(SIZES)('content of %i bytes: its size, the whole of it, and ranges', async (size) => {
  const { store, driver } = await encryptedStore();
  const content = randomBytes(size);
  await write(driver, '/a/b', content);
  expect(await driver.stat('/a/b')).toMatchObject({ size });
  expect((await driver.list('/a')).entries).toMatchObject([{ size }]);
  expect((await driver.walk?.('/'))?.entries).toMatchObject([{ isDir: true }, { size }]);
  expect((await store.stat('/a/b')).size).toBe(storedSize(size));
  expect(contentSize(storedSize(size))).toBe(size);
  expect(content.compare(await read(driver, '/a/b'))).toBe(0);
  for (let turn = 0; turn < 30; turn++) {
    const [offset, length] = [randomInt(size + 2), randomInt(size + 10)];
    const part = await read(driver, '/a/b', offset, length);
    expect(part.compare(content.subarray(offset, offset + length))).toBe(0);
  }
});

test('a range reads the chunks that it touches, and a header', async () => {
  const { store, driver } = await encryptedStore();
  await write(driver, '/a', randomBytes(100 * CHUNK));
  let bytes = 0;
  const reader = store.reader.bind(store);
  store.reader = async (...args) => {
    const opened = await reader(...args);
    const readInner = opened.read.bind(opened);
    return Object.assign(opened, {
      read: async (into: Uint8Array) => {
        const count = await readInner(into);
        bytes += count;
        return count;
      },
    });
  };
  await read(driver, '/a', 50 * CHUNK + 5, 10);
  expect(bytes).toBe(HEADER + STORED_CHUNK);
});

test('nothing of the content is stored in the clear, and the same content is never stored alike', async () => {
  const { store, driver } = await encryptedStore();
  const content = Buffer.alloc(3 * CHUNK, 'sha256:0123456789abcdef');
  await write(driver, '/a', content);
  await driver.put('/b', content);
  const [a, b] = [await read(store, '/a'), await read(store, '/b')];
  for (const stored of [a, b]) expect(stored.includes('sha256:')).toBe(false);
  expect(a.subarray(HEADER).compare(b.subarray(HEADER))).not.toBe(0);
});

const ATTACKS: Readonly<Record<string, (stored: Buffer) => Buffer>> = {
  'a flipped bit in the first chunk': (stored) => flip(stored, HEADER + 20),
  'a flipped bit in the last tag': (stored) => flip(stored, stored.length - 1),
  'a flipped bit in a nonce': (stored) => flip(stored, HEADER + STORED_CHUNK),
  'a flipped bit in the salt': (stored) => flip(stored, 30),
  'cut at a chunk': (stored) => stored.subarray(0, HEADER + 2 * STORED_CHUNK),
  'cut within a chunk': (stored) => stored.subarray(0, HEADER + STORED_CHUNK + 500),
  'cut to nothing but an empty chunk': (stored) => stored.subarray(0, HEADER + 28),
  'chunks in another order': (stored) => swap(stored),
  'a chunk left out': (stored) => without(stored, 1),
  'the last chunk twice': (stored) => Buffer.concat([stored, stored.subarray(HEADER + 2 * STORED_CHUNK)]),
};

test.each(Object.keys(ATTACKS))('what is not authentic is refused: %s', async (name) => {
  const { store, driver } = await encryptedStore();
  await write(driver, '/a', randomBytes(3 * CHUNK));
  await change(store, '/a', ATTACKS[name] ?? ((stored) => stored));
  await expect(read(driver, '/a')).rejects.toMatchObject(AUTHENTIC);
  await expect(driver.get('/a')).rejects.toMatchObject(AUTHENTIC);
});

test('chunks of one object are not those of another', async () => {
  const { store, driver } = await encryptedStore();
  for (const path of ['/a', '/b']) await write(driver, path, randomBytes(2 * CHUNK));
  const other = await read(store, '/b');
  await change(store, '/a', (stored) => Buffer.concat([stored.subarray(0, HEADER), other.subarray(HEADER)]));
  await expect(read(driver, '/a')).rejects.toMatchObject(AUTHENTIC);
});

test('what is not encrypted says so', async () => {
  const { store, driver } = await encryptedStore();
  await store.put('/a', Buffer.from('plain'));
  await expect(driver.get('/a')).rejects.toThrow('not encrypted by the middleware encrypt');
  await expect(read(driver, '/a')).rejects.toThrow('not encrypted by the middleware encrypt');
});

test('a new key writes, the old ones read, and a key that is gone is named', async () => {
  const [first, second] = [keyLine('first'), keyLine('second')];
  const { driver, keyfile, reopen } = await encryptedStore([first]);
  await driver.put('/old', Buffer.from('old'));
  await writeFile(keyfile, `${second}\n${first}\n`);
  const rotated = await reopen();
  await rotated.put('/new', Buffer.from('new'));
  expect(String(await rotated.get('/old'))).toBe('old');
  await writeFile(keyfile, `${second}\n`);
  const later = await reopen();
  expect(String(await later.get('/new'))).toBe('new');
  await expect(later.get('/old')).rejects.toThrow('there is no encryption key first');
});

test('an upload goes on in another process, also after a rotation, and its rest is shown to nobody', async () => {
  const first = keyLine('first');
  const { store, driver, keyfile, reopen } = await encryptedStore([first]);
  const content = randomBytes(5 * CHUNK + 100);
  const cuts = [10, CHUNK, CHUNK + 5, 3 * CHUNK, 3 * CHUNK, content.length];
  let at = 0;
  let current: StorageDriver = driver;
  for (const [turn, cut] of cuts.entries()) {
    const writer = await current.writer('/up/data', { mode: turn === 0 ? 'truncate' : 'append' });
    expect(writer.size).toBe(at);
    await writer.write(content.subarray(at, cut));
    at = cut;
    await (turn === cuts.length - 1 ? writer.commit() : writer.close());
    expect((await current.list('/')).entries.length).toBeLessThanOrEqual(1);
    const names = (await current.walk?.('/'))?.entries.map(({ path }) => path) ?? [];
    expect(names.filter((name) => name.includes('tail'))).toEqual([]);
    if (turn === 1) await writeFile(keyfile, `${keyLine('second')}\n${first}\n`);
    current = await reopen();
  }
  expect(content.compare(await read(current, '/up/data'))).toBe(0);
  expect((await store.list('/up')).entries.map(({ path }) => path)).toEqual(['/up/data']);
});

test('what an ended writer left is not what another one goes on with', async () => {
  const { driver } = await encryptedStore();
  const first = await driver.writer('/up/data');
  await first.write(randomBytes(CHUNK + 1));
  await first.close();
  const second = await driver.writer('/up/data');
  await second.write(randomBytes(10));
  await second.cancel();
  await expect(driver.writer('/up/data', { mode: 'append' })).rejects.toMatchObject({
    code: 'PATH_NOT_FOUND',
  });
  await expect(driver.stat('/up')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('a delete takes the rest of an upload along', async () => {
  const { store, driver } = await encryptedStore();
  const writer = await driver.writer('/up/data');
  await writer.write(randomBytes(10));
  await writer.close();
  await driver.delete('/up/data');
  expect((await store.list('/')).entries).toEqual([]);
  await expect(driver.delete('/up/data')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('put and get of the most that they take', async () => {
  const { driver } = await encryptedStore();
  const content = randomBytes(8 * 1024 * 1024);
  await driver.put('/a', content);
  expect(content.compare(await driver.get('/a'))).toBe(0);
});

test('keys from a command: its output is used and its failure told, and never what it printed', async () => {
  const inner = await inmemory.create({});
  const line = keyLine('kms');
  const open = (keycommand: string[]) => encrypt.wrap(inner, { keycommand }, SILENT);
  const driver = await open(['/bin/sh', '-c', 'echo "$1"', 'sh', line]);
  await driver.put('/a', Buffer.from('x'));
  expect(String(await (await open(['/bin/echo', line])).get('/a'))).toBe('x');
  await expect(open(['/bin/sh', '-c', 'echo sesame; exit 3'])).rejects.toThrow(
    /keycommand: the command for keys ended with status 3$/,
  );
  await expect(open(['/nowhere/kms'])).rejects.toThrow('could not be run: ENOENT');
  const wrong = await open(['/bin/echo', 'id c2VzYW1l']).then(
    () => 'opened',
    (error: unknown) => String(error),
  );
  expect(wrong).toContain('line 1 of the keys');
  expect(wrong).not.toContain('c2VzYW1l');
});

test('one source of keys is needed', async () => {
  const inner = await inmemory.create({});
  for (const options of [{}, { keyfile: '/a', keycommand: ['/b'] }, { keyfile: 'relative' }, { other: 1 }])
    await expect(encrypt.wrap(inner, options, SILENT)).rejects.toMatchObject({
      name: 'InvalidParametersError',
    });
});

test('clients are not sent to what is encrypted', () => {
  const capabilities = { redirectURL: true, localFiles: true, roots: ['/'], walk: true };
  expect(encrypt.capabilities(capabilities)).toEqual({ walk: true });
});

test('a reader ends in an error before the first byte that is not authentic', async () => {
  const { store, driver } = await encryptedStore();
  const content = randomBytes(40 * CHUNK);
  await write(driver, '/a', content);
  await change(store, '/a', (stored) => flip(stored, HEADER + 30 * STORED_CHUNK + 100));
  const reader = await driver.reader('/a');
  const seen: Buffer[] = [];
  await expect(
    (async () => {
      for (;;) {
        const into = Buffer.alloc(10_000);
        const count = await reader.read(into);
        if (count === 0) return;
        seen.push(into.subarray(0, count));
      }
    })(),
  ).rejects.toMatchObject(AUTHENTIC);
  await reader.close();
  const all = Buffer.concat(seen);
  expect(all.length).toBeLessThanOrEqual(30 * CHUNK);
  expect(all.compare(content.subarray(0, all.length))).toBe(0);
  expect((await readToEnd(await driver.reader('/a', { offset: 39 * CHUNK }), CHUNK)).length).toBe(CHUNK);
});

function flip(stored: Buffer, position: number): Buffer {
  const changed = Buffer.from(stored);
  changed[position] = (changed[position] ?? 0) ^ 1;
  return changed;
}

function chunkAt(stored: Buffer, index: number): Buffer {
  return stored.subarray(HEADER + index * STORED_CHUNK, HEADER + (index + 1) * STORED_CHUNK);
}

function swap(stored: Buffer): Buffer {
  return Buffer.concat([
    stored.subarray(0, HEADER),
    chunkAt(stored, 1),
    chunkAt(stored, 0),
    chunkAt(stored, 2),
  ]);
}

function without(stored: Buffer, index: number): Buffer {
  const end = HEADER + index * STORED_CHUNK;
  return Buffer.concat([stored.subarray(0, end), stored.subarray(end + STORED_CHUNK)]);
}
