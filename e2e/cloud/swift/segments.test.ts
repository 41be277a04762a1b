import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StorageDriver } from '@outrigger/driver';
import { checkDriver, readToEnd } from '@outrigger/driver';
import { swift } from '@outrigger/plugin-swift';
import { createContent, toBuffer } from '../../harness/content.js';
import type { Fault, FaultProxy, S3Call } from '../../harness/fault-proxy.js';
import { startFaultProxy } from '../../harness/fault-proxy.js';
import { startRadosgwSwift } from '../../harness/radosgw-server.js';
import { MIB, seconds } from '../../harness/scale.js';
import type { SwiftContainer, SwiftServer } from '../../harness/swift-server.js';
import { startSwift } from '../../harness/swift-server.js';
import { findTool, skipMissing } from '../../harness/tool.js';

/** In four segments. */
const large = toBuffer(createContent('large', 3.5 * MIB));
const forbidden: Fault = { kind: 'answer', status: 403, body: '' };

/** The gateway of Ceph does not give manifests back. */
const SERVERS = { 'swift-server': startSwift, radosgw: startRadosgwSwift } as const;

describe.each(['swift-server', 'radosgw'] as const)('segments on %s', (tool) => {
  const command = findTool(tool);
  if (typeof command !== 'string') {
    skipMissing('all of them', command);
    return;
  }
  let server: SwiftServer;
  let proxy: FaultProxy;
  let container: SwiftContainer;
  let driver: StorageDriver;

  beforeAll(
    async () => {
      server = await SERVERS[tool](command);
      proxy = await startFaultProxy(server.url);
    },
    seconds(120, 300),
  );
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  beforeEach(async (context) => {
    container = await server.createStore();
    driver = checkDriver(await swift.create(container.parameters(proxy.url)));
    context.onTestFinished(() => {
      proxy.decide(() => undefined);
      return driver.close();
    });
  });

  const write = async (path: string, content: Buffer) => {
    const writer = await driver.writer(path, { mode: 'isolated' });
    await writer.write(content);
    await writer.commit();
  };
  const read = async (path: string) => Buffer.from(await readToEnd(await driver.reader(path), 8 * MIB));
  const isAt = (call: S3Call, method: string, path: string) =>
    call.method === method && call.key.endsWith(`/${container.name}/files${path}`);
  const segments = async () => (await container.names()).filter((name) => /\/\d{8}-[0-9a-f]{16}$/.test(name));

  test('a move copies none of them, and a delete leaves none', async () => {
    await write('/from/here', large);
    const before = await segments();
    expect(before).toHaveLength(4);
    await driver.move('/from/here', '/to/there');
    expect(await segments()).toEqual(before);
    expect(await read('/to/there')).toEqual(large);
    await driver.delete('/to/there');
    expect(await container.names()).toEqual([]);
  });

  test.each([
    ['before the source is deleted', 'DELETE', '/from/here', ['/from/here', '/to/there']],
    ['before the source is deleted', 'DELETE', '/from/here', ['/to/there', '/from/here']],
    ['before the manifest is written', 'PUT', '/to/there', ['/from/here']],
  ])(
    'a move that is cut off %s loses nothing: %s %s, deleted in turn %j',
    async (_when, method, at, paths) => {
      await write('/from/here', large);
      proxy.decide((call) => (isAt(call, method, at) ? forbidden : undefined));
      await expect(driver.move('/from/here', '/to/there')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      proxy.decide(() => undefined);
      for (const [index, path] of paths.entries()) {
        for (const left of paths.slice(index)) expect(await read(left)).toEqual(large);
        await driver.delete(path);
      }
      expect(await container.names()).toEqual([]);
    },
  );

  test('a move to two places at the same time leaves each with a life of its own', async () => {
    await write('/a', large);
    const moves = await Promise.allSettled([driver.move('/a', '/b'), driver.move('/a', '/c')]);
    const there = ['/b', '/c'].filter((_path, index) => moves[index]?.status === 'fulfilled');
    expect(there.length).toBeGreaterThan(0);
    for (const path of there) {
      expect(await read(path)).toEqual(large);
      await driver.delete(path);
    }
    expect(await container.names()).toEqual([]);
  });

  test('two processes that move to two places, and write one record of the owner over the other: each keeps its content', async () => {
    await write('/a', large);
    proxy.decide((call) => (isAt(call, 'DELETE', '/a') ? forbidden : undefined));
    await expect(driver.move('/a', '/b')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.decide(() => undefined);
    await driver.move('/a', '/c');
    // As if the second one had not seen the record of the first.
    const record = proxy.calls.find(({ method, key }) => method === 'PUT' && key.endsWith('/owner-000001'));
    // What the proxy leaves out of a path.
    const first = tool === 'radosgw' ? 'swift' : 'v1';
    const answer = await fetch(`${server.url}/${first}/${record?.key ?? ''}`, {
      method: 'PUT',
      headers: { 'x-auth-token': String(record?.headers['x-auth-token']) },
      body: 'files/c',
    });
    expect(answer.status).toBe(201);
    await driver.delete('/c');
    expect(await read('/b')).toEqual(large);
    await driver.delete('/b');
    expect(await container.names()).toEqual([]);
  });

  test('a copy has its own, and a tree of large objects goes with all of theirs', async () => {
    await write('/tree/a', large);
    if (driver.copy === undefined) throw new Error('the driver does not copy');
    await driver.copy('/tree/a', '/tree/b/c');
    await driver.put('/tree/small', Buffer.from('small'));
    expect(await segments()).toHaveLength(8);
    await driver.delete('/tree/a');
    expect(await read('/tree/b/c')).toEqual(large);
    expect(await segments()).toHaveLength(4);
    await write('/tree/d', large);
    await driver.delete('/tree');
    expect(await container.names()).toEqual([]);
  });

  test('what replaces a large object releases those of the former one', async () => {
    await write('/a', large);
    const other = toBuffer(createContent('other', 2 * MIB));
    await write('/a', other);
    expect(await read('/a')).toEqual(other);
    expect(await segments()).toHaveLength(2);
    await driver.delete('/a');
    expect(await container.names()).toEqual([]);
  });

  test('a body that breaks is read on from where it broke', async () => {
    await write('/a', large);
    let breaks = 3;
    proxy.decide((call) =>
      isAt(call, 'GET', '/a') && breaks-- > 0 ? { kind: 'cut', bytes: 700_000 } : undefined,
    );
    expect(await read('/a')).toEqual(large);
    expect(proxy.calls.filter((call) => isAt(call, 'GET', '/a')).at(-1)?.headers).toMatchObject({
      range: 'bytes=2100000-3670015',
    });
  });

  test('answers that are lost and servers that are busy are tried again', async () => {
    const seen = new Set<string>();
    proxy.decide(({ method, key, query }) => {
      const name = `${method} ${key} ${query.toString()}`;
      if (!key.startsWith('AUTH_') || seen.has(name)) return undefined;
      seen.add(name);
      return seen.size % 2 === 0
        ? { kind: 'answer', status: 503, body: '' }
        : { kind: 'replace', status: 500, body: '' };
    });
    await write('/a', large);
    await driver.move('/a', '/b');
    expect(await read('/b')).toEqual(large);
    await driver.delete('/b');
    proxy.decide(() => undefined);
    expect(await container.names()).toEqual([]);
  });
});
