import { once } from 'node:events';
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
  sendRaw,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

/** With and without isolated writers and atomic moves, as drivers differ. */
const DRIVERS: [string, () => Promise<StorageDriver>][] = [
  ['a driver with all capabilities', memoryDriver],
  ['a plain driver', async () => overrideDriver(await memoryDriver(), { capabilities: {} })],
];

async function expectBlob(
  registry: TestRegistry,
  name: string,
  content: Buffer,
  algorithm = 'sha256',
): Promise<void> {
  const answer = await registry.call('GET', `${name}/blobs/${digestOf(content, algorithm)}`);
  expect(answer.status).toBe(200);
  expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
}

/** Nothing of any upload is left. */
async function expectNoUploads(driver: StorageDriver): Promise<void> {
  expect((await listPaths(driver)).filter((path) => path.includes('/_uploads/'))).toEqual([]);
}

describe.each(DRIVERS)('push with %s', (_, makeDriver) => {
  test.each([0, 5, 100_000, 2_500_000])('POST then PUT (end-4a, end-6), %d bytes', async (size) => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(size);
    const post = await registry.call('POST', 'a/b/blobs/uploads/');
    expect(post.status).toBe(202);
    expect(header(post, 'range')).toBe('0-0');
    expect(header(post, 'docker-upload-uuid')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(header(post, 'content-length')).toBe('0');
    const put = await registry.call('PUT', withDigest(header(post, 'location'), digestOf(content)), {
      body: content,
    });
    expect(put.status).toBe(201);
    expect(header(put, 'location')).toBe(`${registry.origin}/v2/a/b/blobs/${digestOf(content)}`);
    expect(header(put, 'docker-content-digest')).toBe(digestOf(content));
    await expectBlob(registry, 'a/b', content);
    await expectNoUploads(registry.driver);
  });

  test.each(['sha256', 'sha512'])('single POST (end-4b) of %s', async (algorithm) => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(70_000);
    const digest = digestOf(content, algorithm);
    const answer = await registry.call('POST', `a/blobs/uploads/?digest=${digest}`, { body: content });
    expect(answer.status).toBe(201);
    await expectBlob(registry, 'a', content, algorithm);
    const hex = digest.slice(7);
    const paths = await listPaths(registry.driver);
    expect(paths).toContain(`/docker/registry/v2/blobs/${algorithm}/${hex.slice(0, 2)}/${hex}/data`);
    expect(paths).toContain(`/docker/registry/v2/repositories/a/_layers/${algorithm}/${hex}/link`);
    expect(paths).toHaveLength(2);
  });

  test.each(['sha256', 'sha512'])('in chunks (end-5), %s, the last one in the PUT', async (algorithm) => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(300_000);
    let location = await startUpload(registry, 'a');
    for (const [start, end] of [
      [0, 100_000],
      [100_000, 200_001],
    ] as const) {
      const patch = await registry.call('PATCH', location, {
        body: content.subarray(start, end),
        headers: { 'Content-Range': `${start}-${end - 1}`, 'Content-Type': 'application/octet-stream' },
      });
      expect(patch.status).toBe(202);
      expect(header(patch, 'range')).toBe(`0-${end - 1}`);
      location = header(patch, 'location');
      const status = await registry.call('GET', location);
      expect(status.status).toBe(204);
      expect(header(status, 'range')).toBe(`0-${end - 1}`);
    }
    const put = await registry.call('PUT', withDigest(location, digestOf(content, algorithm)), {
      body: content.subarray(200_001),
      headers: { 'Content-Range': '200001-299999' },
    });
    expect(put.status).toBe(201);
    await expectBlob(registry, 'a', content, algorithm);
    await expectNoUploads(registry.driver);
  });

  test('one PATCH without a Content-Range, then an empty PUT', async () => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(1_500_000);
    const patch = await registry.call('PATCH', await startUpload(registry, 'a'), { body: content });
    expect(patch.status).toBe(202);
    const put = await registry.call('PUT', withDigest(header(patch, 'location'), digestOf(content)));
    expect(put.status).toBe(201);
    await expectBlob(registry, 'a', content);
  });

  test('digest-algorithm (end-4c)', async () => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(1000);
    const post = await registry.call('POST', 'a/blobs/uploads/?digest-algorithm=sha512');
    const patch = await registry.call('PATCH', header(post, 'location'), { body: content });
    const put = await registry.call(
      'PUT',
      withDigest(header(patch, 'location'), digestOf(content, 'sha512')),
    );
    expect(put.status).toBe(201);
    const bad = await registry.call('POST', 'a/blobs/uploads/?digest-algorithm=md5');
    expect(await errorCode(bad)).toBe('DIGEST_INVALID');
  });

  test('a wrong digest (B04): 400, nothing visible, the upload gone', async () => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(1000);
    const wrong = digestOf(bytes(10));
    const single = await registry.call('POST', `a/blobs/uploads/?digest=${wrong}`, { body: content });
    const location = await startUpload(registry, 'a');
    const whole = await registry.call('PUT', withDigest(location, wrong), { body: content });
    const patch = await registry.call('PATCH', await startUpload(registry, 'a'), { body: content });
    const chunked = await registry.call('PUT', withDigest(header(patch, 'location'), wrong));
    for (const answer of [single, whole, chunked]) {
      expect(answer.status).toBe(400);
      expect(await errorCode(answer)).toBe('DIGEST_INVALID');
    }
    expect((await registry.call('GET', location)).status).toBe(404);
    expect(await listPaths(registry.driver)).toEqual([]);
  });

  test('an upload goes on in another registry on the same store, after a restart or in a replica', async () => {
    const driver = await makeDriver();
    const content = bytes(2_000_000);
    const [first, second] = [await startRegistry({ driver }), await startRegistry({ driver })];
    const patch = await first.call('PATCH', await startUpload(first, 'a'), {
      body: content.subarray(0, 700_000),
    });
    const moved = (location: string): string => location.replace(first.origin, second.origin);
    const status = await second.call('GET', moved(header(patch, 'location')));
    expect(header(status, 'range')).toBe('0-699999');
    const next = await second.call('PATCH', header(status, 'location'), {
      body: content.subarray(700_000, 800_000),
    });
    expect(next.status).toBe(202);
    const put = await second.call('PUT', withDigest(header(next, 'location'), digestOf(content)), {
      body: content.subarray(800_000),
    });
    expect(put.status).toBe(201);
    await expectBlob(first, 'a', content);
    await expectNoUploads(driver);
  });

  test('another registry does not take wrong content either', async () => {
    const driver = await makeDriver();
    const [first, second] = [await startRegistry({ driver }), await startRegistry({ driver })];
    const patch = await first.call('PATCH', await startUpload(first, 'a'), { body: bytes(1000) });
    const location = header(patch, 'location').replace(first.origin, second.origin);
    const put = await second.call('PUT', withDigest(location, digestOf('else')));
    expect(await errorCode(put)).toBe('DIGEST_INVALID');
    expect(await listPaths(driver)).toEqual([]);
  });

  test('a body that breaks off keeps what came, and nothing is acknowledged', async () => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(200_000);
    const location = await startUpload(registry, 'a');
    await breakOff(registry, 'PATCH', location, content.subarray(0, 120_000), content.length);
    const status = await untilIdle(registry, location);
    const [, last = ''] = header(status, 'range').split('-');
    const offset = last === '0' ? 0 : Number(last) + 1;
    expect(offset).toBeLessThanOrEqual(120_000);
    const patch = await registry.call('PATCH', header(status, 'location'), {
      body: content.subarray(offset),
    });
    const put = await registry.call('PUT', withDigest(header(patch, 'location'), digestOf(content)));
    expect(put.status).toBe(201);
    await expectBlob(registry, 'a', content);
  });

  test('a PUT that breaks off makes no blob', async () => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(200_000);
    const location = await startUpload(registry, 'a');
    await breakOff(
      registry,
      'PUT',
      withDigest(location, digestOf(content)),
      content.subarray(0, 100_000),
      content.length,
    );
    await untilIdle(registry, location);
    expect((await registry.call('HEAD', `a/blobs/${digestOf(content)}`)).status).toBe(404);
    const paths = await listPaths(registry.driver);
    expect(paths.filter((path) => path.includes('/blobs/') || path.includes('/_layers/'))).toEqual([]);
  });

  test('a push repairs content of a wrong size', async () => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(100_000);
    const digest = await pushBlob(registry, 'a', content);
    const [path = ''] = (await listPaths(registry.driver)).filter((each) => each.endsWith('/data'));
    await registry.driver.put(path, content.subarray(0, 10));
    const patch = await registry.call('PATCH', await startUpload(registry, 'a'), { body: content });
    await registry.call('PUT', withDigest(header(patch, 'location'), digest));
    await expectBlob(registry, 'a', content);
  });

  test('the same blob from 20 clients at once is one blob', async () => {
    const registry = await startRegistry({ driver: await makeDriver() });
    const content = bytes(300_000);
    await Promise.all(Array.from({ length: 20 }, () => pushBlob(registry, 'a', content)));
    await expectBlob(registry, 'a', content);
    expect((await listPaths(registry.driver)).filter((path) => path.endsWith('/data'))).toHaveLength(1);
    await expectNoUploads(registry.driver);
  });
});

describe('Content-Range (B05)', () => {
  const table: [string, string, number, number][] = [
    ['a gap', '20-29', 10, 416],
    ['an overlap', '5-14', 10, 416],
    ['a start behind the end', '19-10', 10, 400],
    ['a negative start', '-1', 10, 400],
    ['2^63', '9223372036854775808-9223372036854775817', 10, 400],
    ['the form of RFC 9110', 'bytes 10-19/20', 10, 400],
    ['another length', '10-29', 10, 400],
  ];
  test.each(table)('%s: offset unchanged', async (_, range, length, status) => {
    const registry = await startRegistry();
    const patch = await registry.call('PATCH', await startUpload(registry, 'a'), { body: bytes(10) });
    const location = header(patch, 'location');
    const answer = await registry.call('PATCH', location, {
      body: bytes(length),
      headers: { 'Content-Range': range },
    });
    expect(answer.status).toBe(status);
    if (status === 416) {
      expect(header(answer, 'range')).toBe('0-9');
      expect(header(answer, 'location')).toContain('_state=');
    }
    expect(header(await registry.call('GET', location), 'range')).toBe('0-9');
  });

  test('a PATCH that is sent again, with its old token, adds nothing', async () => {
    const registry = await startRegistry();
    const location = await startUpload(registry, 'a');
    await registry.call('PATCH', location, { body: bytes(10) });
    const again = await registry.call('PATCH', location, { body: bytes(10) });
    expect(again.status).toBe(416);
    expect(await errorCode(again)).toBe('BLOB_UPLOAD_INVALID');
  });

  test('two PATCHes at once: one of them is taken', async () => {
    const registry = await startRegistry();
    const location = await startUpload(registry, 'a');
    const answers = await Promise.all(
      [1, 2, 3].map(() => registry.call('PATCH', location, { body: bytes(50_000) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 416, 416]);
    expect(header(await registry.call('GET', location), 'range')).toBe('0-49999');
  });
});

describe('the location of an upload (B15, S14)', () => {
  test('is refused when it is not exactly what was given', async () => {
    const registry = await startRegistry();
    const location = await startUpload(registry, 'a');
    const other = await startUpload(registry, 'b');
    const state = new URL(location).searchParams.get('_state') ?? '';
    const flipped = `${state.slice(0, 10)}${state[10] === 'A' ? 'B' : 'A'}${state.slice(11)}`;
    const bad = [
      location.replace(/_state=.*/, ''),
      location.replace(/_state=.*/, '_state='),
      location.replace(/_state=.*/, `_state=${flipped}`),
      location.replace(/_state=.*/, `_state=${state.slice(0, -5)}`),
      location.replace(/_state=.*/, `_state=${'A'.repeat(6000)}`),
      location.replace('/a/', '/b/'),
      other.replace(/uploads\/[^?]*/, `uploads/${new URL(location).pathname.split('/').at(-1) ?? ''}`),
      location.replace(/uploads\/[^?]*/, 'uploads/../../x'),
      location.replace(/uploads\/[^?]*/, 'uploads/nothing'),
    ];
    for (const url of bad) {
      for (const method of ['PATCH', 'PUT', 'DELETE']) {
        const answer = await registry.call(method, method === 'PUT' ? withDigest(url, digestOf('x')) : url);
        expect([method, url, answer.status]).toEqual([method, url, 404]);
      }
    }
    expect((await registry.call('PATCH', location, { body: bytes(5) })).status).toBe(202);
  });

  test('a token of another secret is refused', async () => {
    const driver = await memoryDriver();
    const [one, two] = [
      await startRegistry({ driver }),
      await startRegistry({ driver, secret: Buffer.from('other') }),
    ];
    const location = (await startUpload(one, 'a')).replace(one.origin, two.origin);
    expect((await two.call('PATCH', location, { body: bytes(5) })).status).toBe(404);
  });

  test('is unknown after its end', async () => {
    const registry = await startRegistry();
    const content = bytes(10);
    const location = await startUpload(registry, 'a');
    const url = withDigest(location, digestOf(content));
    expect((await registry.call('PUT', url, { body: content })).status).toBe(201);
    for (const answer of [
      await registry.call('PUT', url, { body: content }),
      await registry.call('PATCH', location, { body: content }),
      await registry.call('GET', location),
      await registry.call('DELETE', location),
    ]) {
      expect(answer.status).toBe(404);
      expect(await errorCode(answer)).toBe('BLOB_UPLOAD_UNKNOWN');
    }
  });

  test('is forgotten after a DELETE (end-14)', async () => {
    const registry = await startRegistry();
    const patch = await registry.call('PATCH', await startUpload(registry, 'a'), { body: bytes(10) });
    const location = header(patch, 'location');
    expect((await registry.call('DELETE', location)).status).toBe(204);
    expect((await registry.call('GET', location)).status).toBe(404);
    expect(await listPaths(registry.driver)).toEqual([]);
  });

  test('is told without a token, as Distribution does', async () => {
    const registry = await startRegistry();
    const location = (await startUpload(registry, 'a')).replace(/\?.*/, '');
    const answer = await registry.call('GET', location);
    expect(answer.status).toBe(204);
    expect(header(answer, 'location')).toContain('_state=');
  });

  test('the startedat file is RFC 3339 in seconds', async () => {
    const registry = await startRegistry();
    await startUpload(registry, 'a');
    const [path = ''] = await listPaths(registry.driver);
    expect(Buffer.from(await registry.driver.get(path)).toString()).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    );
  });
});

describe('mount (end-11)', () => {
  test('takes a blob of another repository', async () => {
    const registry = await startRegistry();
    const content = bytes(100);
    const digest = await pushBlob(registry, 'a', content);
    const answer = await registry.call('POST', `b/blobs/uploads/?mount=${digest}&from=a`);
    expect(answer.status).toBe(201);
    expect(header(answer, 'location')).toBe(`${registry.origin}/v2/b/blobs/${digest}`);
    await expectBlob(registry, 'b', content);
  });

  test('begins an upload when the other repository does not have it', async () => {
    const registry = await startRegistry();
    const digest = await pushBlob(registry, 'a', bytes(100));
    const answer = await registry.call('POST', `b/blobs/uploads/?mount=${digest}&from=c`);
    expect(answer.status).toBe(202);
    expect(header(answer, 'location')).toContain('/v2/b/blobs/uploads/');
  });

  test('without from only where that is allowed', async () => {
    const driver = await memoryDriver();
    const closed = await startRegistry({ driver });
    const open = await startRegistry({ driver, anonymousMount: true });
    const digest = await pushBlob(open, 'a', bytes(100));
    expect((await closed.call('POST', `b/blobs/uploads/?mount=${digest}`)).status).toBe(202);
    expect((await open.call('POST', `b/blobs/uploads/?mount=${digest}`)).status).toBe(201);
    expect((await open.call('POST', `b/blobs/uploads/?mount=${digestOf('none')}`)).status).toBe(202);
  });

  test('odd parameters are refused', async () => {
    const registry = await startRegistry();
    const digest = digestOf('x');
    expect((await registry.call('POST', 'b/blobs/uploads/?mount=md5:abc&from=a')).status).toBe(400);
    expect((await registry.call('POST', `b/blobs/uploads/?mount=${digest}&from=../a`)).status).toBe(400);
  });
});

test('two digests, a missing one and an encoded body are refused', async () => {
  const registry = await startRegistry();
  const location = await startUpload(registry, 'a');
  const digest = digestOf('');
  expect((await registry.call('PUT', `${location}&digest=${digest}&digest=${digest}`)).status).toBe(400);
  expect(await errorCode(await registry.call('PUT', location))).toBe('DIGEST_INVALID');
  const headers = { 'Content-Encoding': 'gzip' };
  expect((await registry.call('PATCH', location, { body: bytes(5), headers })).status).toBe(415);
});

test('a length beyond all numbers is refused before any of the body', async () => {
  const registry = await startRegistry();
  const answer = await sendRaw(
    registry.port,
    `POST /v2/a/blobs/uploads/?digest=${digestOf('x')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${2n ** 64n - 1n}\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
});

test('all writes are refused in read-only mode', async () => {
  const registry = await startRegistry({ readOnly: true });
  const answer = await registry.call('POST', 'a/blobs/uploads/');
  expect(answer.status).toBe(405);
  expect(answer.headers.get('warning')).toBe('299 - "this registry is read-only at the moment"');
  expect((await registry.call('DELETE', `a/blobs/${digestOf('')}`)).headers.get('allow')).toBe('GET, HEAD');
  const [read, wrong] = [await registry.call('GET', ''), await registry.call('PATCH', '_catalog')];
  expect([read.status, read.headers.has('warning')]).toEqual([200, false]);
  expect([wrong.status, wrong.headers.has('warning')]).toEqual([405, false]);
});

/** Sends a part of an announced body, then breaks the connection, once the registry has begun with the request. */
async function breakOff(
  { server }: TestRegistry,
  method: string,
  url: string,
  part: Buffer,
  length: number,
): Promise<void> {
  const begun = once(server, 'request');
  const req = request(url, { method, headers: { 'Content-Length': length } });
  req.on('error', () => undefined);
  const closed = new Promise((resolve) => req.once('close', resolve));
  await Promise.all([begun, new Promise((resolve) => req.write(part, resolve))]);
  req.destroy();
  await closed;
}

/** A DELETE of no upload waits behind nothing; a PATCH without bytes waits for the one before it. */
async function untilIdle(registry: TestRegistry, location: string): Promise<Response> {
  const { pathname, search } = new URL(location);
  await registry.call('PATCH', `${registry.origin}${pathname}${search}`, { body: '' });
  return registry.call('GET', location);
}
