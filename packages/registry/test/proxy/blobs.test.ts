import type { ServerResponse } from 'node:http';
import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { expect, test } from 'vitest';
import type { RegistryEvent } from '../../src/index.js';
import {
  bytes,
  digestOf,
  errorCode,
  listPaths,
  memoryDriver,
  overrideDriver,
  pushBlob,
  startRegistry,
} from '../registry-fixture.js';
import { startUpstream, status } from './lying-upstream.js';
import { startProxy } from './proxy-fixture.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Serves one blob. */
function serving(content: Uint8Array) {
  return (_req: unknown, res: ServerResponse) =>
    void res.writeHead(200, { 'Content-Length': content.length }).end(content);
}

test('a blob is fetched once, verified, stored, and served when the upstream is gone', async () => {
  const origin = await startRegistry();
  const content = bytes(3 * MIB);
  const digest = await pushBlob(origin, 'a/b', content);
  const upstream = await startUpstream((req, res) => {
    void fetch(origin.origin + String(req.url), { method: req.method ?? 'GET' }).then(async (answer) => {
      res.writeHead(answer.status, { 'Content-Length': answer.headers.get('content-length') ?? '0' });
      res.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  const proxy = await startProxy(upstream.url);
  const first = await proxy.call('GET', `a/b/blobs/${digest}`);
  expect(first.status).toBe(200);
  expect(first.headers.get('docker-content-digest')).toBe(digest);
  expect(digestOf(new Uint8Array(await first.arrayBuffer()))).toBe(digest);
  await upstream.stop();
  const second = await proxy.call('GET', `a/b/blobs/${digest}`);
  expect(digestOf(new Uint8Array(await second.arrayBuffer()))).toBe(digest);
  expect(upstream.requests).toEqual([`GET /v2/a/b/blobs/${digest}`]);
});

test('a hundred clients of one blob make one request, and all get all of it', async () => {
  const content = bytes(2 * MIB);
  const digest = digestOf(content);
  const release = Promise.withResolvers<undefined>();
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { 'Content-Length': content.length }).write(content.subarray(0, MIB));
    void release.promise.then(() => res.end(content.subarray(MIB)));
  });
  const proxy = await startProxy(upstream.url);
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => proxy.call('GET', `x/blobs/${digest}`)),
  );
  release.resolve(undefined);
  for (const answer of answers) expect(digestOf(new Uint8Array(await answer.arrayBuffer()))).toBe(digest);
  expect(upstream.requests).toHaveLength(1);
});

test.for([
  ['wrong bytes', (content: Buffer) => serving(Buffer.alloc(content.length, 1))],
  [
    'one wrong bit at the end',
    (content: Buffer) =>
      serving(Buffer.concat([content.subarray(0, -1), Buffer.of((content.at(-1) ?? 0) ^ 1)])),
  ],
  [
    'wrong bytes of no announced size',
    (content: Buffer) => (_req: unknown, res: ServerResponse) =>
      void res.end(Buffer.alloc(content.length, 1)),
  ],
  [
    'a short body',
    (content: Buffer) => (_req: unknown, res: ServerResponse) => {
      res
        .writeHead(200, { 'Content-Length': content.length })
        .write(content.subarray(0, MIB), () => res.destroy());
    },
  ],
  [
    'a short body of no announced size',
    (content: Buffer) => (_req: unknown, res: ServerResponse) => void res.end(content.subarray(0, -1)),
  ],
] as const)('S21: of %s no client sees a clean end, and nothing is kept', async ([, lie]) => {
  const content = bytes(2 * MIB);
  const digest = digestOf(content);
  const upstream = await startUpstream(lie(content));
  const proxy = await startProxy(upstream.url);
  for (const range of [undefined, 'bytes=0-99', 'bytes=-100']) {
    const init = range === undefined ? {} : { headers: { Range: range } };
    const answer = await proxy.call('GET', `x/blobs/${digest}`, init).catch(() => undefined);
    // Either an error, or a body that breaks off.
    if (answer !== undefined && answer.status < 300)
      await expect(answer.arrayBuffer(), range ?? 'whole').rejects.toThrow();
    else if (answer !== undefined) expect([502, 503]).toContain(answer.status);
  }
  expect(await listPaths(proxy.driver)).toEqual([]);
  upstream.answer = serving(content);
  const good = await proxy.call('GET', `x/blobs/${digest}`);
  expect(digestOf(new Uint8Array(await good.arrayBuffer()))).toBe(digest);
});

test('an endless body is cut off', async () => {
  const content = bytes(64 * KIB);
  const digest = digestOf(content);
  const upstream = await startUpstream((_req, res) => {
    res.socket?.write(`HTTP/1.1 200 OK\r\nContent-Length: ${String(content.length)}\r\n\r\n`);
    const pour = () =>
      res.socket?.write(Buffer.alloc(64 * KIB), (error) => {
        if (error === undefined || error === null) pour();
      });
    pour();
  });
  const proxy = await startProxy(upstream.url);
  const answer = await proxy.call('GET', `x/blobs/${digest}`);
  if (answer.status === 200) await expect(answer.arrayBuffer()).rejects.toThrow();
  else expect([502, 503]).toContain(answer.status);
  expect(await listPaths(proxy.driver)).toEqual([]);
});

test('another blob in the head of the answer is refused at once', async () => {
  const upstream = await startUpstream(status(200, { 'Docker-Content-Digest': digestOf('another') }));
  const proxy = await startProxy(upstream.url);
  const answer = await proxy.call('GET', `x/blobs/${digestOf('one')}`);
  expect([answer.status, await errorCode(answer)]).toEqual([502, 'UNAVAILABLE']);
});

test('a client that leaves does not take the blob from the others, nor from the store', async () => {
  const content = bytes(2 * MIB);
  const digest = digestOf(content);
  const release = Promise.withResolvers<undefined>();
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { 'Content-Length': content.length }).write(content.subarray(0, MIB));
    void release.promise.then(() => res.end(content.subarray(MIB)));
  });
  const proxy = await startProxy(upstream.url);
  const leaving = new AbortController();
  const left = await proxy.call('GET', `x/blobs/${digest}`, { signal: leaving.signal });
  const stays = await proxy.call('GET', `x/blobs/${digest}`);
  leaving.abort();
  await expect(left.arrayBuffer()).rejects.toThrow();
  release.resolve(undefined);
  expect(digestOf(new Uint8Array(await stays.arrayBuffer()))).toBe(digest);
  await upstream.stop();
  expect((await proxy.call('HEAD', `x/blobs/${digest}`)).status).toBe(200);
});

test('a fetch that nobody waits for ends after cachewritetimeout', async () => {
  const content = bytes(2 * MIB);
  const closed = Promise.withResolvers<undefined>();
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { 'Content-Length': content.length }).write(content.subarray(0, MIB));
    res.once('close', () => {
      closed.resolve(undefined);
    });
  });
  const proxy = await startProxy(upstream.url, { cacheWriteTimeoutMs: 200 });
  const leaving = new AbortController();
  await proxy.call('GET', `x/blobs/${digestOf(content)}`, { signal: leaving.signal });
  leaving.abort();
  await closed.promise;
});

test('an upstream that sends next to nothing is given up', async () => {
  const content = bytes(2 * MIB);
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { 'Content-Length': content.length });
    const drip = setInterval(() => res.write('x'), 10);
    res.once('close', () => {
      clearInterval(drip);
    });
  });
  const proxy = await startProxy(upstream.url, { patienceMs: 200 });
  const answer = await proxy.call('GET', `x/blobs/${digestOf(content)}`);
  // Before the first byte it is an error.
  if (answer.status === 200) await expect(answer.arrayBuffer()).rejects.toThrow();
  else expect(answer.status).toBe(503);
});

test('ranges are served while the blob is fetched, and afterwards', async () => {
  const content = bytes(2 * MIB);
  const digest = digestOf(content);
  const upstream = await startUpstream(serving(content));
  const proxy = await startProxy(upstream.url);
  for (const _ of [1, 2]) {
    const answer = await proxy.call('GET', `x/blobs/${digest}`, {
      headers: { Range: 'bytes=1000000-1000099' },
    });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes 1000000-1000099/${String(content.length)}`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(content.subarray(1_000_000, 1_000_100));
  }
  const beyond = await proxy.call('GET', `x/blobs/${digest}`, {
    headers: { Range: `bytes=${String(3 * MIB)}-` },
  });
  expect(beyond.status).toBe(416);
});

test('an empty blob and one of no announced size are fetched as well', async () => {
  for (const content of [Buffer.alloc(0), bytes(300 * KIB)]) {
    const upstream = await startUpstream((_req, res) => void res.end(content));
    const proxy = await startProxy(upstream.url);
    const answer = await proxy.call('GET', `x/blobs/${digestOf(content)}`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(content);
  }
});

test('HEAD asks the upstream and fetches nothing', async () => {
  const content = bytes(100);
  const upstream = await startUpstream(serving(content));
  const proxy = await startProxy(upstream.url);
  const answer = await proxy.call('HEAD', `x/blobs/${digestOf(content)}`);
  expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '100']);
  expect(upstream.requests).toEqual([`HEAD /v2/x/blobs/${digestOf(content)}`]);
});

test("another repository's content is not fetched again, and only given where the upstream has it", async () => {
  const content = bytes(100);
  const digest = digestOf(content);
  const upstream = await startUpstream(serving(content));
  const proxy = await startProxy(upstream.url);
  await (await proxy.call('GET', `x/blobs/${digest}`)).arrayBuffer();
  upstream.answer = status(404);
  expect((await proxy.call('GET', `y/blobs/${digest}`)).status).toBe(404);
  upstream.answer = serving(content);
  const answer = await proxy.call('GET', `y/blobs/${digest}`);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(content);
  expect(upstream.requests.slice(1)).toEqual([`HEAD /v2/y/blobs/${digest}`, `HEAD /v2/y/blobs/${digest}`]);
});

test('a client that reads slowly gets all of it, and holds up nobody', async () => {
  const content = bytes(16 * MIB);
  const digest = digestOf(content);
  const upstream = await startUpstream(serving(content));
  const proxy = await startProxy(upstream.url);
  const slow = await proxy.call('GET', `x/blobs/${digest}`);
  const quick = await proxy.call('GET', `x/blobs/${digest}`);
  expect(digestOf(new Uint8Array(await quick.arrayBuffer()))).toBe(digest);
  expect(digestOf(new Uint8Array(await slow.arrayBuffer()))).toBe(digest);
  expect(upstream.requests).toHaveLength(1);
});

test('a store that is full is an error of its own, and the next one is fetched again', async () => {
  const content = bytes(2 * MIB);
  const digest = digestOf(content);
  const upstream = await startUpstream(serving(content));
  const driver = await memoryDriver();
  let isFull = true;
  const writer: StorageDriver['writer'] = (path, options) =>
    isFull
      ? Promise.reject(new StorageError('QUOTA_EXCEEDED', 'the disk is full'))
      : driver.writer(path, options);
  const proxy = await startProxy(upstream.url, {}, { driver: overrideDriver(driver, { writer }) });
  expect((await proxy.call('GET', `x/blobs/${digest}`)).status).toBe(507);
  isFull = false;
  const answer = await proxy.call('GET', `x/blobs/${digest}`);
  expect(digestOf(new Uint8Array(await answer.arrayBuffer()))).toBe(digest);
});

test('a store without isolated writers keeps what is right, and nothing of what is wrong', async () => {
  const content = bytes(2 * MIB);
  const digest = digestOf(content);
  const upstream = await startUpstream(serving(Buffer.alloc(content.length)));
  const driver = await memoryDriver();
  const capabilities = { ...driver.capabilities, isolatedWriters: false };
  const proxy = await startProxy(upstream.url, {}, { driver: overrideDriver(driver, { capabilities }) });
  const wrong = await proxy.call('GET', `x/blobs/${digest}`);
  if (wrong.status === 200) await expect(wrong.arrayBuffer()).rejects.toThrow();
  else expect(wrong.status).toBe(502);
  expect(await listPaths(driver)).toEqual([]);
  upstream.answer = serving(content);
  for (const _ of [1, 2]) {
    const answer = await proxy.call('GET', `x/blobs/${digest}`);
    expect(digestOf(new Uint8Array(await answer.arrayBuffer()))).toBe(digest);
  }
  expect(upstream.requests).toHaveLength(2);
});

test('a pull is told once, fetched or not', async () => {
  const content = bytes(100);
  const digest = digestOf(content);
  const upstream = await startUpstream(serving(content));
  const events: RegistryEvent[] = [];
  const listen = (event: RegistryEvent) => void events.push(event);
  const proxy = await startProxy(upstream.url, {}, { listeners: [{ listen }] });
  for (const _ of [1, 2]) await (await proxy.call('GET', `x/blobs/${digest}`)).arrayBuffer();
  // The last byte may be here before the event is.
  await expect
    .poll(() => events.map(({ action, target }) => [action, target.digest, target.size]))
    .toEqual([
      ['pull', digest, 100],
      ['pull', digest, 100],
    ]);
});

test('a blob that is larger than the limit is not fetched: the upstream says its size', async () => {
  const content = bytes(2 * KIB);
  const upstream = await startUpstream(serving(content));
  const proxy = await startProxy(upstream.url, {}, { blobLimit: content.length - 1 });
  const answer = await proxy.call('GET', `x/blobs/${digestOf(content)}`);
  expect(answer.status).toBe(403);
  expect(await errorCode(answer)).toBe('DENIED');
  expect((await proxy.call('HEAD', `x/blobs/${digestOf(content)}`)).status).toBe(403);
  expect(await listPaths(proxy.driver)).toEqual([]);
});

test('a blob of no announced size is broken off at the limit, and not kept; one of just that size is', async () => {
  const content = bytes(MIB);
  const upstream = await startUpstream((_req, res) => {
    res.write(content.subarray(0, KIB));
    res.end(content.subarray(KIB));
  });
  const tooSmall = await startProxy(upstream.url, {}, { blobLimit: content.length - 1 });
  const broken = await tooSmall
    .call('GET', `x/blobs/${digestOf(content)}`)
    .then((answer) => answer.arrayBuffer())
    .catch((error: unknown) => error);
  expect(broken).toBeInstanceOf(Error);
  expect((await listPaths(tooSmall.driver)).filter((path) => path.includes('/blobs/'))).toEqual([]);
  const enough = await startProxy(upstream.url, {}, { blobLimit: content.length });
  const whole = await enough.call('GET', `x/blobs/${digestOf(content)}`);
  expect(digestOf(new Uint8Array(await whole.arrayBuffer()))).toBe(digestOf(content));
});
