import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { FileWriter } from '@outrigger/driver';
import { StorageError, checkDriver } from '@outrigger/driver';
import { filesystem } from '@outrigger/plugin-fs';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/protocol/limits.js';
import { connectPair } from '../support/pair.js';
import { connectScripted, preamble } from '../support/scripted-driver.js';
import type { Message, Scripted } from '../support/scripted-driver.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { countingWriter, testFactory } from '../support/test-driver.js';

const MIB = 1024 * 1024;
const settled = () => new Promise(setImmediate);
const quota = { code: 'QUOTA_EXCEEDED', path: '/a', driver: 'scripted', retryable: false };

interface OpenWrite extends Scripted {
  readonly writer: FileWriter;
  readonly request: Message;
  /** The driver's end of the data connection. */
  readonly socket: Socket;
}

/** A writer whose first 100,000 bytes are on their way over a socket. */
async function openWrite(): Promise<OpenWrite> {
  const scripted = await connectScripted({ dataPlanes: ['socket'] });
  const { remote, driver, dial } = scripted;
  const opening = remote.writer('/a');
  driver.answer(await driver.next('writer/open'), { writer: '1', size: 0 });
  const writer = await opening;
  const writing = writer.write(Buffer.alloc(100_000, 'x'));
  const request = await driver.next('writer/write');
  const socket = await dial(preamble(request.params?.token));
  await writing;
  return { ...scripted, writer, request, socket };
}

/** Writes until the kernel takes no more, then waits; answers how that ended. */
function writeOn(writer: FileWriter): Promise<unknown> {
  return writer.write(Buffer.alloc(16 * MIB)).catch((error: unknown) => error);
}

describe('small content', () => {
  it('waits for company and goes inline with the commit', async () => {
    const { remote, driver } = await connectScripted();
    const opening = remote.writer('/a', { mode: 'append', expectedSize: 9 });
    const open = await driver.next('writer/open');
    expect(open.params).toStrictEqual({ path: '/a', mode: 'append', expectedSize: 9 });
    driver.answer(open, { writer: 'w', size: 5 });
    const writer = await opening;
    await writer.write(Buffer.from('ab'));
    await writer.write(Buffer.from('cd'));
    expect(writer.size).toBe(9);
    const committing = writer.commit();
    const write = await driver.next('writer/write');
    expect(write.params).toStrictEqual({
      writer: 'w',
      offset: 5,
      data: Buffer.from('abcd').toString('base64'),
    });
    driver.answer(write, { size: 9 });
    const commit = await driver.next('writer/commit');
    expect(commit.params).toStrictEqual({ writer: 'w', size: 9 });
    driver.answer(commit, { size: 9 });
    await committing;
  });

  it('may be overwritten by its caller after the write', async () => {
    const { remote } = await connectPair();
    const writer = await remote.writer('/a');
    const chunk = Buffer.from('first');
    await writer.write(chunk);
    chunk.write('other');
    await writer.commit();
    expect(Buffer.from(await remote.get('/a')).toString()).toBe('first');
  });

  it('is never sent when it is cancelled', async () => {
    const { remote, driver } = await connectScripted();
    const opening = remote.writer('/a');
    driver.answer(await driver.next('writer/open'), { writer: 'w', size: 0 });
    const writer = await opening;
    await writer.write(Buffer.from('ab'));
    const cancelling = writer.cancel();
    driver.answer(await driver.next('writer/cancel'), {});
    await cancelling;
    expect(driver.received.map(({ method }) => method)).not.toContain('writer/write');
  });

  it('a wrong offset comes back with the true size', async () => {
    const { remote, driver } = await connectScripted();
    const opening = remote.writer('/a');
    driver.answer(await driver.next('writer/open'), { writer: 'w', size: 0 });
    const writer = await opening;
    await writer.write(Buffer.from('ab'));
    const committing = writer.commit();
    driver.refuse(await driver.next('writer/write'), 1003, {
      code: 'INVALID_OFFSET',
      path: '/a',
      offset: 0,
      size: 7,
    });
    await expect(committing).rejects.toMatchObject({ code: 'INVALID_OFFSET', offset: 0, size: 7 });
  });
});

describe('content over the socket', () => {
  it('is one request from the first large chunk to the commit', async () => {
    const { writer, driver, request, socket } = await openWrite();
    expect(request.params).toMatchObject({ writer: '1', offset: 0 });
    await writer.write(Buffer.from('tail'));
    expect(writer.size).toBe(100_004);
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    const committing = writer.commit();
    await once(socket, 'end');
    expect(received).toBe(100_004);
    driver.answer(request, { size: 100_004 });
    const commit = await driver.next('writer/commit');
    expect(commit.params).toStrictEqual({ writer: '1', size: 100_004 });
    driver.answer(commit, { size: 100_004 });
    await committing;
  });

  it('comes behind the small content that was held', async () => {
    const { remote } = await connectPair({ dataPlanes: ['socket'] });
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
    const writer = await remote.writer('/a');
    for (const [start, end] of [
      [0, 5],
      [5, 20_000],
      [20_000, 32_000],
      [32_000, 90_000],
      [90_000, 90_001],
      [90_001, 300_000],
    ])
      await writer.write(content.subarray(start, end));
    expect(writer.size).toBe(content.length);
    await writer.commit();
    expect(Buffer.compare(await remote.get('/a'), content)).toBe(0);
  });

  it.each([
    [
      'and the connection breaks after',
      (socket: Socket, refuse: () => void) => {
        refuse();
        socket.destroy();
      },
    ],
    [
      'and the connection broke before',
      (socket: Socket, refuse: () => void) => {
        socket.destroy();
        setImmediate(refuse);
      },
    ],
    [
      'and the connection stays',
      (_socket: Socket, refuse: () => void) => {
        refuse();
      },
    ],
  ])('says QUOTA_EXCEEDED when the driver does, %s', async (_what, act) => {
    const { writer, driver, request, socket } = await openWrite();
    const writing = writeOn(writer);
    await settled();
    act(socket, () => {
      driver.refuse(request, 1006, quota, 'the disk is full');
    });
    expect(await writing).toMatchObject({ ...quota, detail: 'the disk is full' });
  });

  it('says why at the commit when the last write was through', async () => {
    const { writer, driver, request, socket } = await openWrite();
    const committing = writer.commit();
    socket.resume();
    await once(socket, 'end');
    driver.refuse(request, 1006, quota);
    await expect(committing).rejects.toMatchObject(quota);
    expect(driver.received.map(({ method }) => method)).not.toContain('writer/commit');
  });

  it('a failed write is told once, and close tells how much is durable', async () => {
    const { writer, driver, request } = await openWrite();
    const writing = writeOn(writer);
    driver.refuse(request, 1006, quota);
    expect(await writing).toMatchObject(quota);
    const closing = writer.close();
    driver.answer(await driver.next('writer/close'), { size: 65_536 });
    await closing;
    expect(writer.size).toBe(65_536);
  });

  it('close closes the writer in the driver even if the stream fails only then', async () => {
    const { writer, driver, request } = await openWrite();
    const closing = writer.close();
    closing.catch(() => undefined);
    driver.refuse(request, 1006, quota);
    driver.answer(await driver.next('writer/close'), { size: 65_536 });
    await expect(closing).rejects.toMatchObject(quota);
    expect(writer.size).toBe(65_536);
  });

  it.each([
    ['fewer bytes', 99_999],
    ['more bytes', 100_001],
  ])('F12: is UNAVAILABLE when the driver took %s, and ends the connection', async (_what, size) => {
    const { writer, remote, driver, request, socket } = await openWrite();
    const committing = writer.commit();
    socket.resume();
    await once(socket, 'end');
    driver.answer(request, { size });
    await expect(committing).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
    expect(writer.size).toBe(size);
    expect((await remote.broken).message).toBe(
      'an answer to writer/write of /a that does not fit it: result.size: expected 100000, the bytes that the writer was ' +
        `given, received ${String(size)} (see docs/protocol/content.md#writing)`,
    );
  });

  it('is UNAVAILABLE when the driver answers in mid-stream and takes no more', async () => {
    const { writer, driver, request } = await openWrite();
    const writing = writeOn(writer);
    driver.answer(request, { size: 100_000 });
    expect(await writing).toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
  });

  it('F12: is UNAVAILABLE when the driver answers without dialling, and ends the connection', async () => {
    const { remote, driver } = await connectScripted({ dataPlanes: ['socket'] });
    const opening = remote.writer('/a');
    driver.answer(await driver.next('writer/open'), { writer: '1', size: 0 });
    const writing = (await opening).write(Buffer.alloc(100_000));
    writing.catch(() => undefined);
    driver.answer(await driver.next('writer/write'), { size: 100_000 });
    await expect(writing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await remote.broken).message).toContain('received it before any connection');
  });

  it.each([
    ['is given up', ({ remote }: Scripted) => remote.fail(new StorageError('UNAVAILABLE', 'killed'))],
    ['breaks the protocol', ({ driver }: Scripted) => driver.sendBytes('oops\n')],
    ['ends', ({ driver }: Scripted) => driver.end()],
  ])('ends a write that waits for a driver that %s', async (_what, act) => {
    const open = await openWrite();
    const writing = writeOn(open.writer);
    await settled();
    act(open);
    expect(await writing).toMatchObject({ code: 'UNAVAILABLE' });
    await expect(open.writer.commit()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(open.writer.cancel()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('the idle clock runs while the driver does not take bytes, not while the client sends none', async () => {
    const { writer, remote, driver, request } = await openWrite();
    expect(remote.stalled()).toBeUndefined();
    const writing = writeOn(writer);
    await settled();
    expect(remote.stalled()).toMatchObject({ method: 'writer/write', path: '/a' });
    driver.refuse(request, 1006, quota);
    await writing;
  });

  it('gives its stream back when it ends, fails or cannot begin', async () => {
    const { remote, directory } = await connectPair({
      dataPlanes: ['socket'],
      limits: { ...LIMITS, streams: 1 },
    });
    const large = Buffer.alloc(100_000);
    for (const end of ['commit', 'cancel', 'close'] as const) {
      const writer = await remote.writer('/a');
      await writer.write(large);
      await writer[end]();
    }
    const writer = await remote.writer('/a');
    await rm(directory, { recursive: true });
    for (let i = 0; i < 3; i++)
      await expect(writer.write(large)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await writer.cancel();
  });
});

describe.each(['inline', 'socket'] as const)('a writer on %s', (plane) => {
  it('writes what it is given, in pieces of any size', async () => {
    const { remote } = await connectPair({ dataPlanes: [plane] });
    const content = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => (i * 7) % 256));
    const writer = await remote.writer('/a');
    await writer.write(content.subarray(0, 700_000));
    await writer.write(content.subarray(700_000, 700_000));
    await writer.write(content.subarray(700_000));
    await writer.commit();
    expect(Buffer.compare(await remote.get('/a'), content)).toBe(0);
    await expect(remote.stat('/a')).resolves.toMatchObject({ size: content.length });
  });

  it('shows nothing before the commit, and nothing after a cancel', async () => {
    const { remote } = await connectPair({ dataPlanes: [plane] });
    const writer = await remote.writer('/a', { mode: 'isolated' });
    await writer.write(Buffer.alloc(100_000));
    await expect(remote.stat('/a')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    await writer.cancel();
    await expect(remote.stat('/a')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  });

  it('goes on where a closed writer ended', async () => {
    const root = await temporaryDirectory();
    const { remote } = await connectPair({
      dataPlanes: [plane],
      factory: filesystem,
      parameters: { rootdirectory: root, commit: 'relaxed' },
    });
    const first = await remote.writer('/a');
    await first.write(Buffer.alloc(70_000, 'a'));
    await first.close();
    expect(first.size).toBe(70_000);
    const second = await remote.writer('/a', { mode: 'append' });
    expect(second.size).toBe(70_000);
    await second.write(Buffer.alloc(70_000, 'b'));
    await second.commit();
    expect(Buffer.from(await remote.get('/a')).toString()).toBe('a'.repeat(70_000) + 'b'.repeat(70_000));
  });

  it('refuses use after its end', async () => {
    const { remote } = await connectPair({ dataPlanes: [plane] });
    const driver = checkDriver(remote);
    for (const end of ['commit', 'cancel', 'close'] as const) {
      const writer = await driver.writer('/a');
      await writer.write(Buffer.alloc(100_000));
      await writer[end]();
      await expect(writer.write(Buffer.alloc(1))).rejects.toMatchObject({ code: 'ALREADY_CLOSED' });
      await expect(writer.commit()).rejects.toMatchObject({ code: 'ALREADY_CLOSED' });
    }
  });

  it('keeps the type of an error of the driver', async () => {
    let isFull = false;
    const factory = testFactory({
      writer: async () =>
        countingWriter({
          write: async () => {
            isFull = true;
            throw new StorageError('QUOTA_EXCEEDED', 'the disk is full', { path: '/a' });
          },
        }),
    });
    const { remote } = await connectPair({ dataPlanes: [plane], factory });
    const writer = await remote.writer('/a');
    const writing = (async () => {
      for (let i = 0; i < 100; i++) await writer.write(Buffer.alloc(MIB));
      await writer.commit();
    })();
    await expect(writing).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      driver: 'test',
      detail: 'the disk is full',
    });
    expect(isFull).toBe(true);
    await writer.close();
  });

  it('puts more than a message atomically, up to the limit of a put', async () => {
    const { remote } = await connectPair({ dataPlanes: [plane] });
    await remote.put('/a', Buffer.from('old'));
    const content = Buffer.alloc(LIMITS.putBytes, 'n');
    await remote.put('/a', content);
    expect(Buffer.compare(await remote.get('/a'), content)).toBe(0);
    await expect(remote.put('/a', Buffer.alloc(LIMITS.putBytes + 1))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    expect((await remote.stat('/a')).size).toBe(LIMITS.putBytes);
  });
});
