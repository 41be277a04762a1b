import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { type ContentReader, fromReadable, isStorageError, readToEnd, toReadable } from '../src/index.js';
import { MOD_TIME } from './fake-driver.js';

const INFO = { path: '/a', size: 10, modTime: MOD_TIME, version: 'v' };

function chunkedReader(chunks: readonly string[]): ContentReader & { isClosed: () => boolean } {
  const rest = chunks.values();
  let closed = false;
  return {
    size: 10,
    modTime: MOD_TIME,
    isClosed: () => closed,
    read: async (into) => {
      const { value = '' } = rest.next();
      return Buffer.from(into.buffer, into.byteOffset).write(value);
    },
    close: async () => void (closed = true),
  };
}

describe('toReadable', () => {
  test('streams the content and closes the reader', async () => {
    const reader = chunkedReader(['01', '2345', '6789']);
    const stream = toReadable(reader, 4);
    expect((await buffer(stream)).toString()).toBe('0123456789');
    expect(reader.isClosed()).toBe(true);
  });

  test('gives each chunk a buffer of its own', async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of toReadable(chunkedReader(['ab', 'cd']), 2)) chunks.push(chunk as Buffer);
    expect(chunks.map(String)).toEqual(['ab', 'cd']);
  });

  test('closes the reader when it is destroyed', async () => {
    const reader = chunkedReader(['ab']);
    const stream = toReadable(reader);
    await new Promise((resolve) => stream.once('close', resolve).destroy());
    expect(reader.isClosed()).toBe(true);
  });

  test('passes an error on as a StorageError', async () => {
    const stream = toReadable({ ...chunkedReader([]), read: () => Promise.reject(new Error('EIO')) });
    await expect(buffer(stream)).rejects.toMatchObject({ code: 'INTERNAL', detail: 'EIO' });
  });
});

describe('fromReadable', () => {
  test('reads the content in pieces of any size', async () => {
    const reader = fromReadable(
      Readable.from([Buffer.from('012345'), Buffer.alloc(0), Buffer.from('6789')]),
      INFO,
    );
    expect([reader.size, reader.modTime, reader.version]).toEqual([10, MOD_TIME, 'v']);
    const into = new Uint8Array(4);
    const counts = [];
    for (let count = -1; count !== 0;) counts.push((count = await reader.read(into)));
    expect(counts).toEqual([4, 2, 4, 0]);
    expect(await reader.read(into)).toBe(0);
    await reader.close();
  });

  test('is what toReadable was', async () => {
    const reader = fromReadable(toReadable(chunkedReader(['01234', '56789'])), INFO);
    expect(Buffer.from(await readToEnd(reader, 100)).toString()).toBe('0123456789');
  });

  test('destroys the stream at its close, also during a read, and refuses to read on', async () => {
    const stream = new Readable({ read: () => undefined });
    const reader = fromReadable(stream, INFO);
    const pending = reader.read(new Uint8Array(1)).catch((error: unknown) => error);
    await reader.close();
    expect(isStorageError(await pending)).toBe(true);
    expect(stream.destroyed).toBe(true);
    await expect(reader.read(new Uint8Array(1))).rejects.toMatchObject({ code: 'ALREADY_CLOSED' });
  });

  test('maps the errors of the stream', async () => {
    const fail = () => new Readable({ read: () => stream.destroy(new Error('ECONNRESET')) });
    let stream = fail();
    await expect(fromReadable(stream, INFO).read(new Uint8Array(1))).rejects.toMatchObject({
      code: 'INTERNAL',
      path: '/a',
    });
    stream = fail();
    const toError = (error: unknown) => new Error('mapped', { cause: error });
    await expect(fromReadable(stream, INFO, { toError }).read(new Uint8Array(1))).rejects.toThrow('mapped');
  });

  test('an error before the first read is an error of the read, not of the process', async () => {
    const stream = new Readable({ read: () => undefined });
    const reader = fromReadable(stream, INFO);
    const failed = new Promise((resolve) => stream.once('close', resolve));
    stream.destroy(new Error('ECONNRESET'));
    await failed;
    await expect(reader.read(new Uint8Array(1))).rejects.toMatchObject({
      code: 'INTERNAL',
      detail: 'ECONNRESET',
    });
  });

  test.each(['before the open', 'before the first read', 'during a read'])(
    'an abort %s is CANCELLED',
    async (when) => {
      const stream = new Readable({ read: () => undefined });
      const controller = new AbortController();
      if (when === 'before the open') controller.abort();
      const reader = fromReadable(stream, INFO, { signal: controller.signal });
      if (when === 'before the first read') controller.abort();
      const read = reader.read(new Uint8Array(1));
      controller.abort();
      await expect(read).rejects.toMatchObject({ code: 'CANCELLED', path: '/a' });
      await expect(reader.read(new Uint8Array(1))).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(stream.destroyed).toBe(true);
      await reader.close();
    },
  );

  test('an abort when bytes are left is CANCELLED too', async () => {
    const controller = new AbortController();
    const reader = fromReadable(Readable.from([Buffer.from('0123456789')]), INFO, {
      signal: controller.signal,
    });
    await reader.read(new Uint8Array(1));
    controller.abort();
    await expect(reader.read(new Uint8Array(1))).rejects.toMatchObject({ code: 'CANCELLED' });
    await reader.close();
  });
});
