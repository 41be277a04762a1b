import { readToEnd } from '@outrigger/driver';
import type { StorageDriver } from '@outrigger/driver';
import { filesystem } from '@outrigger/plugin-fs';
import { inmemory } from '@outrigger/plugin-memory';
import { describe, expect, it } from 'vitest';
import { inlinePieceBytes } from '../../src/host/inline-piece.js';
import { LIMITS } from '../../src/protocol/limits.js';
import type { DataPlane } from '../../src/protocol/values.js';
import { memoryChannel, socketChannel } from '../support/channel.js';
import { connectPair } from '../support/pair.js';
import { connectScripted } from '../support/scripted-driver.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { testFactory } from '../support/test-driver.js';

const PIECE = inlinePieceBytes(LIMITS);
const CONTENT = Buffer.from(Array.from({ length: 700_001 }, (_, i) => (i * 17) % 255));

const cases: readonly (readonly [string, DataPlane, boolean])[] = [
  ['filesystem', 'inline', false],
  ['filesystem', 'inline', true],
  ['filesystem', 'socket', true],
  ['filesystem', 'file', true],
  ['inmemory', 'inline', true],
  ['inmemory', 'socket', false],
];

async function connect(name: string, plane: DataPlane, overSockets: boolean) {
  const channel = overSockets ? await socketChannel() : memoryChannel();
  if (name === 'inmemory') return connectPair({ channel, factory: inmemory, dataPlanes: [plane] });
  const parameters = { rootdirectory: await temporaryDirectory(), commit: 'relaxed' };
  return connectPair({ channel, factory: filesystem, parameters, dataPlanes: [plane] });
}

async function contentOf(driver: StorageDriver, path: string, options = {}): Promise<Buffer> {
  return Buffer.from(await readToEnd(await driver.reader(path, options), CONTENT.length));
}

describe.each(cases)('%s on %s (channel of sockets: %s)', (name, plane, overSockets) => {
  it('serves every operation', async () => {
    const { remote } = await connect(name, plane, overSockets);
    expect(remote.dataPlanes[0]).toBe(plane);
    await remote.put('/d/small', Buffer.from('größe'));
    await remote.put('/d/large', CONTENT);
    expect(Buffer.from(await remote.get('/d/small')).toString()).toBe('größe');
    expect(Buffer.compare(await remote.get('/d/large'), CONTENT)).toBe(0);

    const info = await remote.stat('/d/large');
    expect(info).toMatchObject({ path: '/d/large', size: CONTENT.length, isDir: false });
    expect(info.modTime).toBeInstanceOf(Date);
    expect(await remote.stat('/d')).toMatchObject({ isDir: true, size: 0 });

    const first = await remote.list('/d', { limit: 1 });
    const second = await remote.list('/d', { cursor: first.cursor });
    expect([...first.entries, ...second.entries].map(({ path }) => path)).toStrictEqual([
      '/d/large',
      '/d/small',
    ]);
    expect(second).not.toHaveProperty('cursor');
    const walked = await remote.walk('/', { after: '/d', limit: 1 });
    expect(walked).toMatchObject({ entries: [{ path: '/d/large' }], done: false });

    await remote.copy('/d/small', '/e');
    await remote.move('/d/large', '/f/g');
    await expect(remote.stat('/d/large')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND', driver: name });
    await remote.delete('/d');
    await expect(remote.delete('/d')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND', path: '/d' });
    expect(Buffer.from(await remote.get('/e')).toString()).toBe('größe');
    expect(Buffer.compare(await contentOf(remote, '/f/g'), CONTENT)).toBe(0);
    expect(await remote.redirectURL('/e', { method: 'GET' })).toBeNull();
    await remote.ping();
  });

  it('reads any range', async () => {
    const { remote } = await connect(name, plane, overSockets);
    await remote.put('/a', CONTENT);
    const size = CONTENT.length;
    const { version } = await remote.stat('/a');
    for (const [offset, length] of [
      [0, 0],
      [0, 1],
      [1, 40_000],
      [size - 1, 1],
      [size - 1, 5],
      [size, undefined],
      [size + 10, 5],
      [300_000, undefined],
    ]) {
      const reader = await remote.reader('/a', { offset, length, ifMatch: version });
      expect(reader).toMatchObject({ size, version });
      const expected = CONTENT.subarray(offset, length === undefined ? undefined : (offset ?? 0) + length);
      expect(Buffer.compare(Buffer.from(await readToEnd(reader, size)), expected)).toBe(0);
    }
    await expect(remote.reader('/a', { offset: -1 })).rejects.toMatchObject({
      code: 'INVALID_OFFSET',
      offset: -1,
    });
    await expect(remote.reader('/a', { ifMatch: 'other' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
    });
    await expect(remote.reader('/none')).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    await expect(remote.reader('/')).rejects.toMatchObject({ code: 'INVALID_PATH' });
  });

  it('carries many streams at a time', async () => {
    const { remote } = await connect(name, plane, overSockets);
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => remote.put(`/a/${String(i)}`, CONTENT.subarray(i * 1000))),
    );
    const contents = await Promise.all(
      Array.from({ length: 30 }, (_, i) => contentOf(remote, `/a/${String(i)}`)),
    );
    for (const [i, content] of contents.entries())
      expect(Buffer.compare(content, CONTENT.subarray(i * 1000))).toBe(0);
    expect(remote.inFlight).toBe(0);
  });
});

it('passes a redirect and what it depends on', async () => {
  const seen: unknown[] = [];
  const expiresAt = new Date(1_800_000_000_000);
  const { remote } = await connectPair({
    factory: testFactory({
      capabilities: { redirectURL: true },
      redirectURL: async (path, { signal: _signal, ...request }) => {
        seen.push([path, request]);
        return { url: 'https://bucket.example/a?sig=1', expiresAt };
      },
    }),
  });
  const request = { method: 'HEAD', scheme: 'https', host: 'h', clientIp: '::1', headers: { a: 'b' } };
  expect(await remote.redirectURL('/a', request)).toStrictEqual({
    url: 'https://bucket.example/a?sig=1',
    expiresAt,
  });
  expect(seen).toStrictEqual([['/a', request]]);
});

describe('answers on inline', () => {
  const chunk = (bytes: number, size: number) => ({
    data: Buffer.alloc(bytes).toString('base64'),
    size,
    modTime: 0,
    version: 'v',
  });

  it('asks for the next range when somebody reads, of the version that it opened', async () => {
    const { remote, driver } = await connectScripted({ dataPlanes: ['inline'] });
    const opening = remote.reader('/a', { offset: 10, length: 100_000 });
    const first = await driver.next('read');
    expect(first.params).toMatchObject({ offset: 10, length: PIECE, plane: 'inline' });
    driver.answer(first, chunk(PIECE, 1_000_000));
    const reader = await opening;
    await reader.read(Buffer.alloc(PIECE));
    expect(remote.inFlight).toBe(0);
    const reading = reader.read(Buffer.alloc(100_000));
    const second = await driver.next('read');
    const left = 100_000 - PIECE;
    expect(second.params).toMatchObject({ offset: 10 + PIECE, length: left, ifMatch: 'v' });
    driver.answer(second, chunk(left, 1_000_000));
    expect(await reading).toBe(left);
    expect(await reader.read(Buffer.alloc(10))).toBe(0);
  });

  // What content that changes meanwhile can look like is no lie.
  it.each([
    ['F12: more than was asked for', 5, 10, 6, true],
    ['more than there is', 5, 3, 4, false],
  ])('refuses %s at the open', async (_what, length, size, bytes, isLie) => {
    const { remote, driver } = await connectScripted({ dataPlanes: ['inline'] });
    const opening = remote.reader('/a', { length });
    opening.catch(() => undefined);
    driver.answer(await driver.next('read'), chunk(bytes, size));
    await expect(opening).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
    expect(remote.isBroken).toBe(isLie);
  });

  it('F12: what is no base64 ends the connection', async () => {
    for (const data of ['YWJ', 'Y===', 'YW*J', 'YQ==YQ==']) {
      const { remote, driver } = await connectScripted({ dataPlanes: ['inline'] });
      const opening = remote.reader('/a');
      opening.catch(() => undefined);
      driver.answer(await driver.next('read'), { ...chunk(0, 3), data });
      await expect(opening).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
      expect((await remote.broken).message).toBe(
        'an answer to read of /a that does not fit it: result.data: expected base64 with padding, ' +
          'received a text that is none (see docs/protocol/framing.md#numbers-times-bytes)',
      );
    }
  });

  it.each([
    ['nothing before the end', 0, 1_000_000, false],
    ['F12: more than was asked for', PIECE + 1, 1_000_000, true],
    ['another size', PIECE, 999_999, false],
  ])('refuses %s later', async (_what, bytes, size, isLie) => {
    const { remote, driver } = await connectScripted({ dataPlanes: ['inline'] });
    const opening = remote.reader('/a');
    driver.answer(await driver.next('read'), chunk(PIECE, 1_000_000));
    const reader = await opening;
    const into = Buffer.alloc(PIECE);
    await reader.read(into);
    const reading = reader.read(into);
    reading.catch(() => undefined);
    driver.answer(await driver.next('read'), chunk(bytes, size));
    await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
    expect(remote.isBroken).toBe(isLie);
  });

  it('refuses a get whose content is not of its size', async () => {
    const { remote, driver } = await connectScripted();
    const call = remote.get('/a');
    call.catch(() => undefined);
    driver.answer(await driver.next('get'), { content: 'AAAA', size: 4, modTime: 0 });
    await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
  });

  it('refuses to get what is too large', async () => {
    const { remote, driver } = await connectScripted();
    const call = remote.get('/a');
    call.catch(() => undefined);
    driver.answer(await driver.next('get'), { size: LIMITS.putBytes + 1, modTime: 0 });
    await expect(call).rejects.toMatchObject({ code: 'UNSUPPORTED', path: '/a' });
  });
});
