import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContent, toBuffer } from '../harness/content.js';
import { request } from '../harness/http.js';
import { MAIN } from '../harness/paths.js';
import { startRedis } from '../harness/redis-server.js';
import type { RegistryOptions, RunningRegistry } from '../harness/start-registry.js';
import { freePort, testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';

const PASSWORD = 'hidden-from-every-log';
const content = createContent('redis', 10_000);

function withRedis(port: number, more: Readonly<Record<string, unknown>> = {}): RegistryOptions['sections'] {
  return { redis: { addrs: [`127.0.0.1:${port}`], ...more } };
}

async function push(registry: RunningRegistry, name: string): Promise<void> {
  expect(await tryPush(registry, name)).toBe(201);
}

async function tryPush({ url }: RunningRegistry, name: string): Promise<number> {
  const target = `${url}/v2/${name}/blobs/uploads/?digest=${content.digest}`;
  return (await request(target, { method: 'POST', body: toBuffer(content) })).status;
}

async function call({ url }: RunningRegistry, method: string, name: string): Promise<number> {
  return (await request(`${url}/v2/${name}/blobs/${content.digest}`, { method })).status;
}

/** As Distribution leaves it when it has looked at a blob. */
function distributionsEntry(name: string): string[] {
  const { digest, size } = content;
  return [
    `SADD repository::${name}::blobs ${digest}`,
    `HSET blobs::${digest} digest ${digest} size ${size} mediatype application/octet-stream`,
    `HSET repository::${name}::blobs::${digest} mediatype application/octet-stream`,
  ];
}

async function garbageCollect(store: string, sections: RegistryOptions['sections']) {
  const directory = await temporaryDirectory();
  const config = join(directory, 'config.yml');
  const storage = { filesystem: { rootdirectory: store } };
  await writeFile(config, JSON.stringify({ version: '0.1', storage, ...sections }));
  return execa(process.execPath, [MAIN, 'garbage-collect', config]);
}

const looks = (name: string) => [
  `SISMEMBER repository::${name}::blobs ${content.digest}`,
  `EXISTS blobs::${content.digest}`,
  `EXISTS repository::${name}::blobs::${content.digest}`,
];
const GONE = ':0\r\n:0\r\n:0\r\n+OK\r\n';
const THERE = ':1\r\n:1\r\n:1\r\n+OK\r\n';

test('a delete takes a blob out of the cache that Distribution keeps', async (context) => {
  const port = await freePort();
  const redis = await startRedis(context, port);
  const registry = await testRegistry({ sections: withRedis(port) });
  await push(registry, 'a');
  await redis.call(...distributionsEntry('a'));
  expect(await redis.call(...looks('a'))).toBe(THERE);
  expect(await call(registry, 'DELETE', 'a')).toBe(202);
  await until('the end of the entry', async () => (await redis.call(...looks('a'))) === GONE);
});

test('what Redis says is never an answer: a blob that only its cache knows is not there', async (context) => {
  const port = await freePort();
  const redis = await startRedis(context, port);
  const registry = await testRegistry({ sections: withRedis(port) });
  await redis.call(...distributionsEntry('a'));
  expect(await call(registry, 'HEAD', 'a')).toBe(404);
  expect(await call(registry, 'GET', 'a')).toBe(404);
});

test('a collector that runs takes content out of the cache', async (context) => {
  const port = await freePort();
  const redis = await startRedis(context, port);
  const gc = { gc: { enabled: true, interval: '500ms', grace: '500ms', refresh: '50ms' } };
  const registry = await testRegistry({ sections: { ...withRedis(port), outrigger: gc } });
  await redis.call(...distributionsEntry('a'));
  // 503, where the state of the collector cannot be read in time: it is repeated, as clients do.
  await until('a push', async () => (await tryPush(registry, 'a')) === 201);
  await until('the end of the entry', async () => (await redis.call(...looks('a'))) === GONE);
});

test('garbage-collect takes content out of the cache', async (context) => {
  const port = await freePort();
  const redis = await startRedis(context, port);
  const sections = withRedis(port);
  const store = await temporaryDirectory();
  const registry = await testRegistry({ store, sections });
  await push(registry, 'a');
  await redis.call(...distributionsEntry('a'));
  await registry.stop();
  const { stdout } = await garbageCollect(store, sections);
  expect(stdout).toContain('deleted 1 blobs');
  expect(await redis.call(...looks('a'))).toBe(GONE);
});

test('without Redis at the start: all goes on; what was deleted meanwhile is told when it comes', async (context) => {
  const port = await freePort();
  const registry = await testRegistry({ sections: withRedis(port) });
  await push(registry, 'a');
  expect(await call(registry, 'GET', 'a')).toBe(200);
  const kept = ['--dir', await temporaryDirectory()];
  const redis = await startRedis(context, port, ...kept);
  await until('a connection', () => registry.logs().includes('Redis is there again'));
  // Saved, so that the entry is there before the registry is connected again.
  await redis.call(...distributionsEntry('a'), 'SAVE');
  await redis.stop();
  expect(await call(registry, 'DELETE', 'a')).toBe(202);
  expect(await call(registry, 'HEAD', 'a')).toBe(404);
  const again = await startRedis(context, port, ...kept);
  await until('the end of the entry', async () => (await again.call(...looks('a'))) === GONE);
  // It is said once each time, however often it is tried.
  const said = registry.logs().match(/Redis is (?:away|there again)/g) ?? [];
  expect(said).toEqual(said.map((_, index) => (index % 2 === 0 ? 'Redis is away' : 'Redis is there again')));
});

test('a Redis that hangs holds up nobody', async (context) => {
  const port = await freePort();
  const redis = await startRedis(context, port);
  const timeouts = { readtimeout: '200ms', dialtimeout: '200ms' };
  const registry = await testRegistry({ sections: withRedis(port, timeouts) });
  redis.signal('SIGSTOP');
  await push(registry, 'a');
  expect(await call(registry, 'GET', 'a')).toBe(200);
  expect(await call(registry, 'DELETE', 'a')).toBe(202);
  await until('a line that says so', () => registry.logs().includes('Redis is away'));
  redis.signal('SIGCONT');
  await push(registry, 'a');
  expect((await registry.stop()).exitCode).toBe(0);
});

test('a wrong password: all goes on, and the log says why without the password', async (context) => {
  const port = await freePort();
  await startRedis(context, port, '--requirepass', 'another one');
  const registry = await testRegistry({ sections: withRedis(port, { password: PASSWORD }) });
  await push(registry, 'a');
  expect(await call(registry, 'DELETE', 'a')).toBe(202);
  await until('a line that says so', () => /WRONGPASS|NOAUTH/.test(registry.logs()));
  expect(registry.logs()).not.toContain(PASSWORD);
});

test('the right password; one replica hears what the other deletes', async (context) => {
  const port = await freePort();
  const redis = await startRedis(context, port, '--requirepass', PASSWORD);
  const store = await temporaryDirectory();
  const sections = withRedis(port, { password: PASSWORD });
  const first = await testRegistry({ store, sections });
  const second = await testRegistry({ store, sections });
  const auth = `AUTH ${PASSWORD}`;
  await until('two that listen', async () =>
    (await redis.call(auth, 'PUBSUB NUMSUB outrigger::forget')).includes(':2\r\n'),
  );
  await push(first, 'a');
  expect(await call(second, 'HEAD', 'a')).toBe(200);
  await redis.call(
    auth,
    'PUBLISH outrigger::forget nonsense',
    'PUBLISH outrigger::forget {"name":"../..","digest":"x"}',
  );
  expect(await call(first, 'DELETE', 'a')).toBe(202);
  expect(await call(second, 'HEAD', 'a')).toBe(404);
  expect(`${first.logs()}${second.logs()}`).not.toContain(PASSWORD);
});
