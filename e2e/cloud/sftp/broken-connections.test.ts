import { readFully, readToEnd } from '@outrigger/driver';
import type { StorageDriver } from '@outrigger/driver';
import { sftp } from '@outrigger/plugin-sftp';
import { expect, onTestFinished, test } from 'vitest';
import type { TestContext } from 'vitest';
import { createContent, toBuffer } from '../../harness/content.js';
import { MIB } from '../../harness/scale.js';
import { startSshd } from '../../harness/sshd-server.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import type { Toxiproxy } from '../../harness/toxiproxy-server.js';
import { startToxiproxy } from '../../harness/toxiproxy-server.js';
import { pull } from '../../harness/pull.js';
import { pushBlob } from '../../harness/upload.js';
import { overSftp } from './sftp-registry.js';

const LOST = expect.objectContaining({ code: 'UNAVAILABLE', retryable: true }) as unknown;
const content = toBuffer(createContent('sftp', 8 * MIB));

async function behindProxy(context: TestContext) {
  const server = await startSshd(useTool(context, 'sshd'));
  onTestFinished(() => server.stop());
  const proxy = await startToxiproxy(useTool(context, 'toxiproxy-server'), server.url);
  onTestFinished(() => proxy.stop());
  return { server, proxy, store: await server.createStore() };
}

async function createDriver(parameters: Record<string, unknown>): Promise<StorageDriver> {
  const driver = await sftp.create({ ...parameters, maxconnections: 1 });
  onTestFinished(() => driver.close());
  return driver;
}

async function write(driver: StorageDriver): Promise<void> {
  const writer = await driver.writer('/blob', { mode: 'isolated' });
  await writer.write(content);
  await writer.commit();
}

/** Connections end when so many bytes have gone through them from now on. */
function cutAfter(proxy: Toxiproxy, bytes: number, stream: 'upstream' | 'downstream'): Promise<void> {
  return proxy.poison({ type: 'limit_data', attributes: { bytes }, stream });
}

test('a connection that is cut in a read and in a write: what was under way fails, what comes next goes on', async (context) => {
  const { proxy, store } = await behindProxy(context);
  const driver = await createDriver(store.parameters(proxy.url));
  await write(driver);

  const reader = await driver.reader('/blob');
  await cutAfter(proxy, MIB, 'downstream');
  await expect(readToEnd(reader, 2 * content.length)).rejects.toEqual(LOST);
  await proxy.heal();
  expect(Buffer.from(await readToEnd(await driver.reader('/blob'), content.length)).equals(content)).toBe(
    true,
  );

  const writer = await driver.writer('/upload');
  await writer.write(content.subarray(0, MIB));
  await cutAfter(proxy, MIB, 'upstream');
  const rest = async () => {
    await writer.write(content.subarray(MIB));
    await writer.close();
  };
  await expect(rest()).rejects.toEqual(LOST);
  await proxy.heal();
  // What is there is the beginning, and it can be gone on with.
  const { size } = await driver.stat('/upload');
  expect(size).toBeLessThan(content.length);
  const next = await driver.writer('/upload', { mode: 'append' });
  expect(next.size).toBe(size);
  await next.write(content.subarray(size));
  await next.commit();
  expect(Buffer.from(await readToEnd(await driver.reader('/upload'), content.length)).equals(content)).toBe(
    true,
  );
});

test('a server that is killed and comes back', async (context) => {
  const { server, store } = await behindProxy(context);
  const driver = await createDriver(store.parameters());
  await write(driver);
  const reader = await driver.reader('/blob');
  const into = Buffer.alloc(100);
  await readFully(reader, into);
  await server.kill();
  await expect(readToEnd(reader, 2 * content.length)).rejects.toEqual(LOST);
  await expect(driver.stat('/blob')).rejects.toEqual(LOST);
  await server.start();
  // The pause after a failure goes by first.
  const size = () =>
    driver.stat('/blob').then(
      ({ size }) => size,
      () => undefined,
    );
  await expect.poll(size).toBe(content.length);
});

test('a server that comes after the driver', async (context) => {
  const { server, store } = await behindProxy(context);
  await server.kill();
  const driver = await createDriver(store.parameters());
  await expect(driver.put('/a', Buffer.from('content'))).rejects.toEqual(LOST);
  await server.start();
  const put = () =>
    driver.put('/a', Buffer.from('content')).then(
      () => true,
      () => false,
    );
  await expect.poll(put).toBe(true);
});

test('a pull goes on when every connection is cut in the middle of it', async (context) => {
  const { server, store } = await behindProxy(context);
  const registry = await testRegistry(overSftp(store));
  const blob = createContent('pulled', 16 * MIB);
  await pushBlob(registry.url, 'cut/pull', blob);
  const { paused, resume, result } = pull(`${registry.url}/v2/cut/pull/blobs/${blob.digest}`, {
    pauseAt: MIB,
  });
  await paused;
  server.cutConnections();
  resume();
  expect(await result).toMatchObject({ status: 200, bytes: blob.size, digest: blob.digest });
});
