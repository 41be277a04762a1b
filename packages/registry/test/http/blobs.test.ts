import type { RedirectRequest, StorageDriver } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
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

const SIZES = [0, 1, 4096, 65_536, 65_537, 1024 * 1024, 3 * 1024 * 1024 + 7];

describe('GET and HEAD of a blob (end-2)', () => {
  test.each(SIZES)('%d bytes come back, twice', async (size) => {
    const registry = await startRegistry();
    const content = bytes(size);
    const digest = await pushBlob(registry, 'a/b', content);
    for (let round = 0; round < 2; round++) {
      const answer = await registry.call('GET', `a/b/blobs/${digest}`);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
      expect(answer.headers.get('docker-content-digest')).toBe(digest);
      expect(answer.headers.get('content-length')).toBe(String(size));
      expect(answer.headers.get('etag')).toBe(`"${digest}"`);
      expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    }
    const head = await registry.call('HEAD', `a/b/blobs/${digest}`);
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String(size));
    expect(head.headers.get('docker-content-digest')).toBe(digest);
  });

  test('is unknown in a repository that does not have it, also when its bytes are in memory', async () => {
    const registry = await startRegistry();
    const digest = await pushBlob(registry, 'mine', bytes(100));
    await (await registry.call('GET', `mine/blobs/${digest}`)).arrayBuffer();
    const answer = await registry.call('GET', `other/blobs/${digest}`);
    expect(answer.status).toBe(404);
    expect(await errorCode(answer)).toBe('BLOB_UNKNOWN');
    expect((await registry.call('HEAD', `other/blobs/${digest}`)).status).toBe(404);
  });

  test('If-None-Match gets 304, and only from who has the blob', async () => {
    const registry = await startRegistry();
    const digest = await pushBlob(registry, 'mine', bytes(100_000));
    const headers = { 'If-None-Match': `"${digest}"` };
    expect((await registry.call('GET', `mine/blobs/${digest}`, { headers })).status).toBe(304);
    expect((await registry.call('HEAD', `mine/blobs/${digest}`, { headers })).status).toBe(304);
    expect((await registry.call('GET', `other/blobs/${digest}`, { headers })).status).toBe(404);
  });

  test('the same connection serves a small and a large blob in turn', async () => {
    const registry = await startRegistry();
    const contents = [bytes(10), bytes(300_000), bytes(10), bytes(2_000_000)];
    for (const content of contents) {
      const digest = await pushBlob(registry, 'mix', content);
      const answer = await registry.call('GET', `mix/blobs/${digest}`);
      expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
    }
  });

  test('a sha512 link of Distribution, which names a sha256, is followed', async () => {
    const registry = await startRegistry();
    const content = bytes(200);
    const digest = await pushBlob(registry, 'a', content);
    const alias = digestOf(content, 'sha512');
    const link = `/docker/registry/v2/repositories/a/_layers/sha512/${alias.slice(7)}/link`;
    await registry.driver.put(link, Buffer.from(digest));
    const answer = await registry.call('GET', `a/blobs/${alias}`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
    expect(answer.headers.get('docker-content-digest')).toBe(alias);
  });

  test('a link that names another blob of the same algorithm is not followed', async () => {
    const registry = await startRegistry();
    const [one, two] = [await pushBlob(registry, 'a', bytes(20)), await pushBlob(registry, 'b', bytes(20))];
    const link = `/docker/registry/v2/repositories/a/_layers/sha256/${one.slice(7)}/link`;
    await registry.driver.put(link, Buffer.from(two));
    expect((await registry.call('GET', `a/blobs/${one}`)).status).toBe(404);
    expect(registry.lines).toContain('warn a link names another blob: ignored');
  });
});

describe('ranges (B06)', () => {
  const table: [string, number, [number, number] | undefined][] = [
    ['bytes=0-0', 206, [0, 1]],
    ['bytes=5-9', 206, [5, 10]],
    ['bytes=500-', 206, [500, 1000]],
    ['bytes=-5', 206, [995, 1000]],
    ['bytes=-5000', 206, [0, 1000]],
    ['bytes=900-5000', 206, [900, 1000]],
    ['bytes=1000-', 416, undefined],
    ['bytes=1000-1001', 416, undefined],
    ['bytes=5-2', 416, undefined],
    ['bytes=-0', 416, undefined],
    ['bytes=0-1,3-4', 200, [0, 1000]],
    ['0-', 200, [0, 1000]],
    ['bytes=-', 200, [0, 1000]],
    ['bytes=99999999999999999999-', 200, [0, 1000]],
    [`bytes=${'0-1,'.repeat(1000)}5-6`, 200, [0, 1000]],
  ];
  test.each(table)('%s gets %d, in memory and from the store', async (range, status, part) => {
    const registry = await startRegistry();
    const small = bytes(1000);
    const large = Buffer.concat([bytes(200_000)]);
    const digests = [await pushBlob(registry, 'r', small), await pushBlob(registry, 'r', large)] as const;
    const answer = await registry.call('GET', `r/blobs/${digests[0]}`, { headers: { Range: range } });
    expect(answer.status).toBe(status);
    const body = Buffer.from(await answer.arrayBuffer());
    if (part === undefined) expect(answer.headers.get('content-range')).toBe('bytes */1000');
    else expect(body.equals(small.subarray(...part))).toBe(true);
    if (status === 206) {
      expect(answer.headers.get('content-range')).toBe(
        `bytes ${String(part?.[0])}-${String((part?.[1] ?? 0) - 1)}/1000`,
      );
    }
  });

  test('of a large blob', async () => {
    const registry = await startRegistry();
    const content = bytes(3_000_000);
    const digest = await pushBlob(registry, 'r', content);
    const get = async (range: string): Promise<Buffer> => {
      const answer = await registry.call('GET', `r/blobs/${digest}`, { headers: { Range: range } });
      expect(answer.status).toBe(206);
      return Buffer.from(await answer.arrayBuffer());
    };
    expect((await get('bytes=1000000-2500000')).equals(content.subarray(1_000_000, 2_500_001))).toBe(true);
    expect((await get('bytes=-1500000')).equals(content.subarray(-1_500_000))).toBe(true);
    expect((await get('bytes=2999999-')).equals(content.subarray(-1))).toBe(true);
    const late = await registry.call('GET', `r/blobs/${digest}`, { headers: { Range: 'bytes=3000000-' } });
    expect(late.status).toBe(416);
  });

  test('a condition that fails makes the answer whole', async () => {
    const registry = await startRegistry();
    const digest = await pushBlob(registry, 'r', bytes(100));
    const headers = { Range: 'bytes=0-9', 'If-Range': '"another"' };
    expect((await registry.call('GET', `r/blobs/${digest}`, { headers })).status).toBe(200);
  });
});

describe('DELETE of a blob (end-10)', () => {
  test('takes it out of one repository, at once', async () => {
    const registry = await startRegistry();
    const content = bytes(100);
    const digest = await pushBlob(registry, 'a', content);
    await pushBlob(registry, 'b', content);
    await (await registry.call('GET', `a/blobs/${digest}`)).arrayBuffer();
    const answer = await registry.call('DELETE', `a/blobs/${digest}`);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('content-length')).toBe('0');
    expect((await registry.call('GET', `a/blobs/${digest}`)).status).toBe(404);
    expect((await registry.call('GET', `b/blobs/${digest}`)).status).toBe(200);
    expect((await registry.call('DELETE', `a/blobs/${digest}`)).status).toBe(404);
  });

  test('is refused where deleting is disabled', async () => {
    const registry = await startRegistry({ deleteEnabled: false });
    const digest = await pushBlob(registry, 'a', bytes(10));
    const answer = await registry.call('DELETE', `a/blobs/${digest}`);
    expect(answer.status).toBe(405);
    expect(await errorCode(answer)).toBe('UNSUPPORTED');
  });
});

describe('redirects', () => {
  const redirecting = async (seen: RedirectRequest[]): Promise<StorageDriver> => {
    const driver = await memoryDriver();
    return overrideDriver(driver, {
      capabilities: { ...driver.capabilities, redirectURL: true },
      redirectURL: async (path, request) => {
        seen.push(request);
        return { url: `https://storage.example${path}?signature=x` };
      },
    });
  };

  test('send GET and HEAD to the storage, each with its method', async () => {
    const seen: RedirectRequest[] = [];
    const registry = await startRegistry({ driver: await redirecting(seen) });
    const digest = await pushBlob(registry, 'a', bytes(10));
    for (const method of ['GET', 'HEAD']) {
      const answer = await registry.call(method, `a/blobs/${digest}`);
      expect(answer.status).toBe(307);
      expect(answer.headers.get('location')).toMatch(
        /^https:\/\/storage\.example\/docker\/registry\/v2\/blobs\/sha256\//,
      );
    }
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
    expect((await registry.call('GET', `b/blobs/${digest}`)).status).toBe(404);
  });

  test('can be switched off', async () => {
    const registry = await startRegistry({ driver: await redirecting([]), redirect: false });
    const digest = await pushBlob(registry, 'a', bytes(10));
    expect((await registry.call('GET', `a/blobs/${digest}`)).status).toBe(200);
  });
});

test('content that has rotted is not served, and a push of the right bytes heals it', async () => {
  const driver = await memoryDriver();
  const registry = await startRegistry({ driver });
  const content = bytes(500);
  const digest = await pushBlob(registry, 'a', content);
  const [path = ''] = (await listPaths(driver)).filter((each) => each.endsWith('/data'));
  await driver.put(path, bytes(500));
  expect((await registry.call('GET', `a/blobs/${digest}`)).status).toBe(404);
  await pushBlob(registry, 'a', content);
  const answer = await registry.call('GET', `a/blobs/${digest}`);
  expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
});
