import { request } from 'node:http';
import type { StorageDriver } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import type { TestRegistry } from '../registry-fixture.js';
import {
  bytes,
  digestOf,
  errorCode,
  header,
  listPaths,
  memoryDriver,
  overrideDriver,
  pushBlob,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

const LIMIT = 100_000;

const DRIVERS: [string, () => Promise<StorageDriver>][] = [
  ['a driver with all capabilities', memoryDriver],
  ['a plain driver', async () => overrideDriver(await memoryDriver(), { capabilities: {} })],
];

/** Sends a body of no announced length, and never ends it: what is too large is refused while it comes. */
function sendEndless(
  method: string,
  url: string,
  chunk: Buffer,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method }, (res) => {
      const parts: Buffer[] = [];
      res.on('data', (part: Buffer) => parts.push(part));
      res.on('end', () => {
        req.destroy();
        resolve({ status: res.statusCode, text: Buffer.concat(parts).toString('utf8') });
      });
    });
    req.on('error', reject);
    const send = (): void => {
      if (!req.destroyed && !req.writableEnded) req.write(chunk, send);
    };
    send();
  });
}

async function expectNothing({ driver }: TestRegistry): Promise<void> {
  expect(await listPaths(driver)).toEqual([]);
}

describe.each(DRIVERS)('a limit of blobs with %s', (_, makeDriver) => {
  const start = async () => startRegistry({ driver: await makeDriver(), blobLimit: LIMIT });

  test('a blob of just that size is taken, in one request and in chunks', async () => {
    const registry = await start();
    await pushBlob(registry, 'a', bytes(LIMIT));
    const content = bytes(LIMIT);
    const patch = await registry.call('PATCH', await startUpload(registry, 'a'), {
      body: content.subarray(0, 60_000),
    });
    const put = await registry.call('PUT', withDigest(header(patch, 'location'), digestOf(content)), {
      body: content.subarray(60_000),
    });
    expect(put.status).toBe(201);
  });

  test('one byte more is refused at once by its Content-Length, and the upload can go on', async () => {
    const registry = await start();
    const content = bytes(LIMIT);
    const location = await startUpload(registry, 'a');
    for (const method of ['PATCH', 'PUT']) {
      const refused = await registry.call(method, withDigest(location, digestOf(content)), {
        body: bytes(LIMIT + 1),
      });
      expect(refused.status).toBe(413);
      expect(await errorCode(refused)).toBe('SIZE_INVALID');
    }
    const put = await registry.call('PUT', withDigest(location, digestOf(content)), { body: content });
    expect(put.status).toBe(201);
  });

  test('the bytes that are there already count', async () => {
    const registry = await start();
    const content = bytes(LIMIT);
    const patch = await registry.call('PATCH', await startUpload(registry, 'a'), {
      body: content.subarray(0, 70_000),
    });
    const location = header(patch, 'location');
    const more = await registry.call('PATCH', location, { body: bytes(30_001) });
    expect(more.status).toBe(413);
    const put = await registry.call('PUT', withDigest(location, digestOf(content)), {
      body: content.subarray(70_000),
    });
    expect(put.status).toBe(201);
  });

  test('a Content-Range that ends behind the limit is refused without a Content-Length', async () => {
    const registry = await start();
    const answer = await registry.call('PATCH', await startUpload(registry, 'a'), {
      body: new Blob([bytes(10)]).stream(),
      duplex: 'half',
      headers: { 'Content-Range': `0-${String(LIMIT)}` },
    });
    expect(answer.status).toBe(413);
    expect(await errorCode(answer)).toBe('SIZE_INVALID');
  });

  test.each(['PATCH', 'PUT'])(
    '%s of no announced length is refused while it comes, and the upload is gone',
    async (method) => {
      const registry = await start();
      const location = await startUpload(registry, 'a');
      const answer = await sendEndless(method, withDigest(location, digestOf('')), bytes(16_384));
      expect(answer.status).toBe(413);
      expect(answer.text).toContain('"SIZE_INVALID"');
      expect((await registry.call('GET', location)).status).toBe(404);
      await expectNothing(registry);
    },
  );

  test('a POST with a digest leaves nothing', async () => {
    const registry = await start();
    const url = `${registry.origin}/v2/a/blobs/uploads/?digest=${digestOf('')}`;
    expect((await sendEndless('POST', url, bytes(16_384))).status).toBe(413);
    const content = bytes(LIMIT + 1);
    const known = await registry.call('POST', `a/blobs/uploads/?digest=${digestOf(content)}`, {
      body: content,
    });
    expect(known.status).toBe(413);
    expect(await errorCode(known)).toBe('SIZE_INVALID');
    await expectNothing(registry);
  });

  test('what is larger already is served and mounted all the same', async () => {
    const driver = await makeDriver();
    const digest = await pushBlob(await startRegistry({ driver }), 'a', bytes(LIMIT + 1));
    const registry = await startRegistry({ driver, blobLimit: LIMIT, anonymousMount: true });
    expect((await registry.call('HEAD', `a/blobs/${digest}`)).status).toBe(200);
    const mount = await registry.call('POST', `b/blobs/uploads/?mount=${digest}&from=a`);
    expect(mount.status).toBe(201);
  });
});
