import { describe, expect, test } from 'vitest';
import { type ContentReader, type DriverCall, type FileWriter, checkDriver } from '../src/index.js';
import { MOD_TIME, fakeDriver } from './fake-driver.js';

function memoryReader(content: Uint8Array): ContentReader & { readonly closes: () => number } {
  let at = 0;
  let closes = 0;
  return {
    size: content.length,
    modTime: MOD_TIME,
    version: 'v1',
    read: async (into) => {
      const part = content.subarray(at, at + into.length);
      into.set(part);
      at += part.length;
      return part.length;
    },
    close: async () => {
      closes++;
    },
    closes: () => closes,
  };
}

function noteWriter(): FileWriter & { readonly notes: string[] } {
  const notes: string[] = [];
  let size = 10;
  const note = (what: string) => async () => void notes.push(what);
  return {
    notes,
    get size() {
      return size;
    },
    write: async (chunk) => {
      size += chunk.length;
      notes.push('write');
    },
    close: note('close'),
    commit: note('commit'),
    cancel: note('cancel'),
  };
}

describe('a checked reader', () => {
  test('passes facts and bytes on, closes once and reports its bytes then', async () => {
    const inner = memoryReader(Buffer.from('hello'));
    const calls: DriverCall[] = [];
    const driver = checkDriver(fakeDriver({ reader: async () => inner }), (call) => calls.push(call));
    const reader = await driver.reader('/a');
    expect([reader.size, reader.modTime, reader.version]).toEqual([5, MOD_TIME, 'v1']);
    expect(await reader.read(new Uint8Array(3))).toBe(3);
    expect(await reader.read(new Uint8Array(3))).toBe(2);
    expect(await reader.read(new Uint8Array(3))).toBe(0);
    await reader.close();
    await reader.close();
    expect(inner.closes()).toBe(1);
    expect(calls.map(({ action, bytes }) => [action, bytes])).toEqual([
      ['reader', undefined],
      ['reader.close', 5],
    ]);
    await expect(reader.read(new Uint8Array(1))).rejects.toMatchObject({
      code: 'ALREADY_CLOSED',
      driver: 'fake',
      path: '/a',
    });
  });

  test('stamps its errors', async () => {
    const broken = { ...memoryReader(new Uint8Array(1)), read: () => Promise.reject(new Error('EIO')) };
    const reader = await checkDriver(fakeDriver({ reader: async () => broken })).reader('/a');
    await expect(reader.read(new Uint8Array(1))).rejects.toMatchObject({
      code: 'INTERNAL',
      driver: 'fake',
      path: '/a',
    });
  });
});

describe('a checked writer', () => {
  const open = async (inner: FileWriter, calls: DriverCall[] = []) =>
    checkDriver(fakeDriver({ writer: async () => inner }), (call) => calls.push(call)).writer('/a');

  test.each(['commit', 'cancel', 'close'] as const)('after %s nothing reaches the driver', async (end) => {
    const inner = noteWriter();
    const writer = await open(inner);
    await writer[end]();
    for (const call of [
      () => writer.write(new Uint8Array(1)),
      () => writer.commit(),
      () => writer.cancel(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'ALREADY_CLOSED', driver: 'fake', path: '/a' });
    }
    if (end !== 'close') await writer.close();
    await expect(writer.close()).rejects.toMatchObject({ code: 'ALREADY_CLOSED' });
    expect(inner.notes).toEqual([end]);
    expect(writer.size).toBe(10);
  });

  test('an end that failed may be tried again', async () => {
    let attempts = 0;
    const inner = {
      ...noteWriter(),
      commit: () => (++attempts === 1 ? Promise.reject(new Error('EIO')) : Promise.resolve()),
    };
    const writer = await open(inner);
    await expect(writer.commit()).rejects.toMatchObject({ code: 'INTERNAL' });
    await writer.commit();
    expect(attempts).toBe(2);
  });

  test('reports what it wrote itself at its end', async () => {
    const calls: DriverCall[] = [];
    const writer = await open(noteWriter(), calls);
    await writer.write(new Uint8Array(7));
    await writer.commit();
    expect(calls.at(-1)).toMatchObject({ action: 'writer.committed', path: '/a', bytes: 7 });
  });
});
