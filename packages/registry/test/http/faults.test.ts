import { request } from 'node:http';
import type { ContentReader, FileWriter, StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import { ALWAYS_ALONE } from '../../src/index.js';
import {
  bytes,
  digestOf,
  errorCode,
  header,
  memoryDriver,
  overrideDriver,
  pushBlob,
  pushImage,
  sendRaw,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

const unavailable = (): never => {
  throw new StorageError('UNAVAILABLE', 'the process of the driver is gone');
};

/** A reader that says one size and gives another. */
function lyingReader(
  size: number,
  real: number,
  failAtEnd = false,
): ContentReader & { isClosed: () => boolean } {
  let left = real;
  let closed = false;
  return {
    size,
    modTime: new Date(0),
    read: async (into) => {
      if (left === 0 && failAtEnd) return unavailable();
      const count = Math.min(left, into.length);
      into.fill(120, 0, count);
      left -= count;
      return count;
    },
    close: async () => {
      closed = true;
    },
    isClosed: () => closed,
  };
}

/** A registry whose blobs come from the given readers. */
async function withReaders(
  make: () => ContentReader,
): Promise<{ port: number; origin: string; digest: string }> {
  const driver = await memoryDriver();
  const content = bytes(100_000);
  const digest = await pushBlob(await startRegistry({ driver }), 'a', content);
  const registry = await startRegistry({ driver: overrideDriver(driver, { reader: async () => make() }) });
  return { port: registry.port, origin: registry.origin, digest };
}

describe('a driver that gives the wrong number of bytes', () => {
  test.each([
    ['too few', 5_000_000, 3_000_000],
    ['one too few', 2_000_000, 1_999_999],
    ['too many', 3_000_000, 5_000_000],
    ['one too many', 2_000_000, 2_000_001],
  ])('%s: the connection is destroyed, nothing more is sent on it', async (_, size, real) => {
    const { port, digest } = await withReaders(() => lyingReader(size, real));
    const get = `GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const answer = await sendRaw(port, get + get);
    // What was written but not yet sent is lost with the connection, all of it as the case may be.
    const [head = '', ...body] = answer.split('\r\n\r\n');
    if (answer !== '') expect(head).toContain(`Content-Length: ${size}`);
    expect(body.join().length).toBeLessThan(size);
    expect(answer.split('HTTP/1.1').length).toBeLessThanOrEqual(2);
  });

  test('before anything was sent it is 503', async () => {
    for (const [size, real] of [
      [100, 50],
      [100, 101],
      [100_000, 0],
      [100_000, 100_001],
    ] as const) {
      const { origin, digest } = await withReaders(() => lyingReader(size, real));
      const answer = await fetch(`${origin}/v2/a/blobs/${digest}`);
      expect(answer.status).toBe(503);
      expect(header(answer, 'retry-after')).toBe('1');
      expect(await errorCode(answer)).toBe('UNAVAILABLE');
    }
  });

  test('a read that fails in the middle cuts the answer', async () => {
    const { port, digest } = await withReaders(() => lyingReader(5_000_000, 2_000_000, true));
    const answer = await sendRaw(port, `GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(answer).not.toContain('503');
    expect(answer.length).toBeLessThan(3_000_000);
  });
});

test('a client that leaves in the middle of a pull: the reader is closed', async () => {
  const reader = lyingReader(1_000_000_000, 1_000_000_000);
  const closed = new Promise<void>((resolve) => {
    const close = reader.close.bind(reader);
    reader.close = async () => {
      await close();
      resolve();
    };
  });
  const { origin, digest } = await withReaders(() => reader);
  const req = request(`${origin}/v2/a/blobs/${digest}`, (answer) => {
    answer.once('data', () => req.destroy());
  });
  req.on('error', () => undefined).end();
  await closed;
  expect(reader.isClosed()).toBe(true);
});

test('a slow client holds back the reader', async () => {
  const reader = lyingReader(1_000_000_000, 1_000_000_000);
  let read = 0;
  const original = reader.read.bind(reader);
  reader.read = async (into) => {
    read++;
    return original(into);
  };
  const { origin, digest } = await withReaders(() => reader);
  await new Promise<void>((resolve) => {
    const req = request(`${origin}/v2/a/blobs/${digest}`, (answer) => {
      answer.pause();
      // A turn of another request is time enough for a reader that nothing holds back to run on.
      void fetch(`${origin}/v2/`)
        .then(() => fetch(`${origin}/v2/`))
        .then(() => {
          req.destroy();
          resolve();
        });
    });
    req.on('error', () => undefined).end();
  });
  expect(read).toBeLessThan(64);
});

describe('a store that is not available', () => {
  const methods = ['get', 'put', 'stat', 'list', 'reader', 'writer', 'move', 'delete'] as const;

  test.each(methods)('at %s: 503, never another 5xx, and no false success', async (method) => {
    const driver = await memoryDriver();
    const ready = await startRegistry({ driver });
    const content = bytes(100_000);
    const digest = await pushBlob(ready, 'a', content);
    await pushImage(ready, 'a', 'v1');
    const patch = await ready.call('PATCH', await startUpload(ready, 'a'), { body: content });
    const registry = await startRegistry({
      driver: overrideDriver(driver, { [method]: unavailable }),
      presence: method === 'move' ? ALWAYS_ALONE : undefined,
    });
    const location = header(patch, 'location').replace(ready.origin, registry.origin);
    const calls: [string, string, RequestInit?][] = [
      ['GET', 'a/tags/list'],
      ['GET', '_catalog'],
      ['GET', 'a/manifests/v1'],
      ['HEAD', `a/blobs/${digest}`],
      ['GET', `a/blobs/${digest}`],
      ['GET', `a/referrers/${digest}`],
      ['POST', 'a/blobs/uploads/'],
      ['POST', `a/blobs/uploads/?digest=${digest}`, { body: content }],
      ['POST', `b/blobs/uploads/?mount=${digest}&from=a`],
      ['GET', location],
      ['PUT', withDigest(location, digestOf(content)), {}],
      ['PATCH', location, { body: bytes(10) }],
      ['DELETE', 'a/manifests/v1'],
      ['DELETE', `a/blobs/${digest}`],
    ];
    let failed = 0;
    for (const [verb, path, init] of calls) {
      const answer = await registry.call(verb, path, init);
      await answer.arrayBuffer();
      if (answer.status >= 500) {
        failed++;
        expect([verb, path, answer.status]).toEqual([verb, path, 503]);
        expect(header(answer, 'retry-after')).toBe('1');
      }
    }
    expect(failed).toBeGreaterThan(0);
  });

  test('that is full: 507', async () => {
    const full = (): never => {
      throw new StorageError('QUOTA_EXCEEDED', 'no space left');
    };
    const registry = await startRegistry({
      driver: overrideDriver(await memoryDriver(), { put: full, writer: full }),
    });
    const answer = await registry.call('POST', `a/blobs/uploads/?digest=${digestOf('x')}`, { body: 'x' });
    expect(answer.status).toBe(507);
    expect(await errorCode(answer)).toBe('UNAVAILABLE');
  });
});

/** Fails the writers' named method while `failing` is set. */
function failingWriters(
  driver: StorageDriver,
  method: 'write' | 'close' | 'commit',
): { driver: StorageDriver; state: { failing: boolean } } {
  const state = { failing: false };
  const wrap = (writer: FileWriter): FileWriter => ({
    get size() {
      return writer.size;
    },
    write: (chunk) => writer.write(chunk),
    close: () => writer.close(),
    commit: () => writer.commit(),
    cancel: () => writer.cancel(),
    [method]: async (chunk: Uint8Array) => {
      if (state.failing) unavailable();
      await (method === 'write' ? writer.write(chunk) : writer[method]());
    },
  });
  const open = async (...args: Parameters<StorageDriver['writer']>): Promise<FileWriter> =>
    wrap(await driver.writer(...args));
  return { state, driver: overrideDriver(driver, { writer: open, capabilities: {} }) };
}

describe('a driver that fails during an upload', () => {
  test.each(['write', 'close'] as const)(
    'in %s: 503, then the true offset, then the client goes on',
    async (method) => {
      const { driver, state } = failingWriters(await memoryDriver(), method);
      const registry = await startRegistry({ driver });
      const content = bytes(3_000_000);
      const first = await registry.call('PATCH', await startUpload(registry, 'a'), {
        body: content.subarray(0, 500_000),
      });
      state.failing = true;
      const broken = await registry.call('PATCH', header(first, 'location'), {
        body: content.subarray(500_000),
      });
      expect(broken.status).toBe(503);
      state.failing = false;
      const status = await registry.call('GET', header(first, 'location'));
      const [, last] = header(status, 'range').split('-');
      const offset = Number(last) + 1;
      expect(offset).toBeGreaterThanOrEqual(500_000);
      const next = await registry.call('PATCH', header(status, 'location'), {
        body: content.subarray(offset),
      });
      expect(next.status).toBe(202);
      const put = await registry.call('PUT', withDigest(header(next, 'location'), digestOf(content)));
      expect(put.status).toBe(201);
      const get = await registry.call('GET', `a/blobs/${digestOf(content)}`);
      expect(digestOf(Buffer.from(await get.arrayBuffer()))).toBe(digestOf(content));
    },
  );

  test('in the commit: 503, and the PUT may be repeated', async () => {
    const { driver, state } = failingWriters(await memoryDriver(), 'commit');
    const registry = await startRegistry({ driver });
    const content = bytes(200_000);
    const patch = await registry.call('PATCH', await startUpload(registry, 'a'), { body: content });
    const url = withDigest(header(patch, 'location'), digestOf(content));
    state.failing = true;
    expect((await registry.call('PUT', url)).status).toBe(503);
    expect((await registry.call('HEAD', `a/blobs/${digestOf(content)}`)).status).toBe(404);
    state.failing = false;
    expect((await registry.call('PUT', url)).status).toBe(201);
  });

  test.each(['move', 'put', 'delete'] as const)(
    'in the %s after it: 503, and the PUT may be repeated',
    async (method) => {
      const driver = await memoryDriver();
      const ready = await startRegistry({ driver });
      const content = bytes(200_000);
      const patch = await ready.call('PATCH', await startUpload(ready, 'a'), { body: content });
      const url = withDigest(header(patch, 'location'), digestOf(content));
      const broken = await startRegistry({
        driver: overrideDriver(driver, { [method]: unavailable }),
        presence: method === 'move' ? ALWAYS_ALONE : undefined,
      });
      expect((await broken.call('PUT', url.replace(ready.origin, broken.origin))).status).toBe(503);
      expect((await ready.call('PUT', url)).status).toBe(201);
      const get = await ready.call('GET', `a/blobs/${digestOf(content)}`);
      expect(digestOf(Buffer.from(await get.arrayBuffer()))).toBe(digestOf(content));
      expect((await ready.call('GET', header(patch, 'location'))).status).toBe(404);
    },
  );
});

test('a crash between any two writes of a manifest leaves no tag without its manifest', async () => {
  const driver = await memoryDriver();
  const ready = await startRegistry({ driver });
  const { content } = await pushImage(ready, 'a', 'ready');
  for (let allowed = 0; allowed < 6; allowed++) {
    let puts = 0;
    const counted = overrideDriver(driver, {
      put: async (...args) => {
        if (puts++ >= allowed) unavailable();
        await driver.put(...args);
      },
    });
    const registry = await startRegistry({ driver: counted });
    const other = Buffer.concat([content, Buffer.from(' '.repeat(allowed + 1))]);
    await registry.call('PUT', `a/manifests/t${allowed}`, {
      body: other,
      headers: { 'Content-Type': MANIFEST },
    });
    const { tags } = (await (await ready.call('GET', 'a/tags/list')).json()) as { tags: string[] };
    for (const tag of tags) expect((await ready.call('GET', `a/manifests/${tag}`)).status).toBe(200);
  }
});

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
