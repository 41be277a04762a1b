import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { checkDriver } from '@outrigger/driver';
import type { RequestEvent } from '../../src/index.js';
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
} from '../registry-fixture.js';

/** The status of a request target that no URL parser has touched. */
async function rawStatus(port: number, target: string, headers = ''): Promise<number> {
  const answer = await sendRaw(
    port,
    `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`,
  );
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

describe('the base (end-1)', () => {
  test.each(['/v2/', '/v2'])('%s says that this is a registry', async (path) => {
    const registry = await startRegistry();
    const answer = await fetch(registry.origin + path);
    expect(answer.status).toBe(200);
    expect(header(answer, 'docker-distribution-api-version')).toBe('registry/2.0');
    expect(await answer.json()).toEqual({});
  });

  test('lies behind a prefix where one is set', async () => {
    const registry = await startRegistry({ prefix: '/registry/' });
    expect((await fetch(`${registry.origin}/registry/v2/`)).status).toBe(200);
    expect((await fetch(`${registry.origin}/v2/`)).status).toBe(404);
    const post = await fetch(`${registry.origin}/registry/v2/a/blobs/uploads/`, { method: 'POST' });
    expect(header(post, 'location')).toContain(`${registry.origin}/registry/v2/a/blobs/uploads/`);
    expect((await fetch(header(post, 'location'))).status).toBe(204);
  });
});

describe('paths (B01, B02, B03, S26)', () => {
  const digest = digestOf('x');
  const table: [string, number][] = [
    ['/', 404],
    ['/v1/', 404],
    ['/v2x/', 404],
    ['/v2//', 404],
    ['/v2/a', 404],
    ['/v2/a/', 404],
    ['/v2/a/tags', 404],
    ['/v2/a/tags/list/', 404],
    ['/v2/tags/list', 400],
    ['/v2//tags/list', 400],
    ['/v2/a//b/tags/list', 400],
    ['/v2/../tags/list', 400],
    ['/v2/a/../../b/tags/list', 400],
    ['/v2/%2e%2e/tags/list', 400],
    ['/v2/a%2Fb/tags/list', 400],
    ['/v2/a%2f..%2fb/tags/list', 400],
    ['/v2/%/tags/list', 400],
    ['/v2/%ff/tags/list', 400],
    ['/v2/%00/tags/list', 400],
    ['/v2/Upper/tags/list', 400],
    ['/v2/a/_uploads/tags/list', 400],
    ['/v2/a./tags/list', 400],
    ['/v2/a__-b/tags/list', 400],
    ['/v2/%D0%B0/tags/list', 400],
    [`/v2/${'a'.repeat(256)}/tags/list`, 400],
    [`/v2/${'a/'.repeat(200)}tags/list`, 400],
    [`/v2/${'a-'.repeat(3000)}!/manifests/x`, 400],
    [`/v2/${'a'.repeat(9000)}/tags/list`, 414],
    ['/v2/a/manifests/', 404],
    ['/v2/a/manifests/.x', 404],
    ['/v2/a/manifests/-x', 404],
    [`/v2/a/manifests/${'t'.repeat(129)}`, 404],
    ['/v2/a/manifests/x%0Ay', 404],
    ['/v2/a/manifests/md5:00', 400],
    ['/v2/a/blobs/latest', 400],
    ['/v2/a/blobs/', 400],
    [`/v2/a/blobs/${digest}0`, 400],
    [`/v2/a/blobs/${digest.slice(0, -1)}`, 400],
    [`/v2/a/blobs/${digest.toUpperCase()}`, 400],
    [`/v2/a/blobs/sha512:${digest.slice(7)}`, 400],
    [`/v2/a/blobs/sha256:${'0'.repeat(128)}`, 400],
    ['/v2/a/blobs/sha256:../../x', 404],
    ['/v2/a/blobs/sha256:..%2F..%2Fx', 400],
    ['http://elsewhere/v2/', 404],
    [`/v2/a/blobs/${digest.replace(':', '%3A')}`, 404],
    ['/v2/manifests/tags/list', 404],
    [`/v2/a/blobs/uploads/manifests/x`, 404],
  ];
  test.each(table)('GET %s gets %d', async (target, status) => {
    const registry = await startRegistry();
    expect(await rawStatus(registry.port, target)).toBe(status);
    expect(registry.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  test('names may contain the words of the API', async () => {
    const registry = await startRegistry();
    for (const name of [
      'manifests',
      'a/blobs/uploads',
      'tags/list',
      'a/manifests/b',
      'v2',
      'blobs',
      'referrers/x',
    ]) {
      const blob = await pushBlob(registry, name, bytes(10));
      expect((await registry.call('HEAD', `${name}/blobs/${blob}`)).status).toBe(200);
      await pushImage(registry, name, 'v1');
      expect((await registry.call('HEAD', `${name}/manifests/v1`)).status).toBe(200);
      expect((await registry.call('GET', `${name}/tags/list`)).status).toBe(200);
    }
  });
});

describe('methods', () => {
  test.each([
    ['POST', ''],
    ['PUT', 'a/tags/list'],
    ['DELETE', 'a/blobs/uploads/'],
    ['PATCH', `a/blobs/${digestOf('')}`],
    ['OPTIONS', 'a/manifests/x'],
    ['DELETE', '_catalog'],
  ])('%s %s is not allowed', async (method, path) => {
    const registry = await startRegistry();
    const answer = await registry.call(method, path);
    expect(answer.status).toBe(405);
    expect(header(answer, 'allow')).not.toBe('');
    expect(await errorCode(answer)).toBe('UNSUPPORTED');
  });

  test('an override is ignored', async () => {
    const registry = await startRegistry();
    const { digest } = await pushImage(registry, 'a', 'v1');
    await registry.call('GET', `a/manifests/${digest}`, { headers: { 'X-HTTP-Method-Override': 'DELETE' } });
    expect((await registry.call('HEAD', 'a/manifests/v1')).status).toBe(200);
  });
});

describe('what HTTP itself forbids (B08, S26)', () => {
  test.each([
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n', 400],
    ['length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', 400],
    ['a folded header', 'X-A: b\r\n c\r\n', 400],
    ['a header of 17 KB', `X-A: ${'b'.repeat(17 * 1024)}\r\n`, 431],
  ])('%s', async (_, headers, status) => {
    const registry = await startRegistry();
    expect(await rawStatus(registry.port, '/v2/', headers)).toBe(status);
  });

  test('chunks of a bad size end the connection, and the upload keeps what is true', async () => {
    const registry = await startRegistry();
    const location = await startUpload(registry, 'a');
    const { pathname, search } = new URL(location);
    const head = `PATCH ${pathname}${search} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`;
    await sendRaw(registry.port, `${head}5\r\nhello\r\nzz\r\n`);
    const [, last] = header(await registry.call('GET', location), 'range').split('-');
    expect(['0', '4']).toContain(last);
  });
});

describe('locations', () => {
  test.each([
    [{}, 'http://registry.test:81'],
    [
      { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'front.example, back.example' },
      'https://front.example',
    ],
    [{ Forwarded: 'for=1.2.3.4;proto=https;host="front.example:8443", for=x' }, 'https://front.example:8443'],
    [{ 'X-Forwarded-Host': '[2001:db8::1]:5000' }, 'http://[2001:db8::1]:5000'],
    [{ 'X-Forwarded-Host': 'evil"><x' }, ''],
    [{ 'X-Forwarded-Proto': 'javascript' }, ''],
  ])('%j give %s', async (headers, origin) => {
    const registry = await startRegistry();
    const location = await new Promise<string | undefined>((resolve, reject) => {
      const options = { method: 'POST', headers: { Host: 'registry.test:81', ...headers } };
      request(`${registry.origin}/v2/a/blobs/uploads/`, options, (answer) => {
        answer.resume();
        resolve(answer.headers.location);
      })
        .on('error', reject)
        .end();
    });
    expect(location?.startsWith(`${origin}/v2/a/blobs/uploads/`)).toBe(true);
  });

  test('are paths, or of a fixed host, where the options say so', async () => {
    const relative = await startRegistry({ relativeUrls: true });
    expect(header(await relative.call('POST', 'a/blobs/uploads/'), 'location')).toMatch(
      /^\/v2\/a\/blobs\/uploads\//,
    );
    const fixed = await startRegistry({ host: 'https://registry.example/' });
    expect(header(await fixed.call('POST', 'a/blobs/uploads/'), 'location')).toMatch(
      /^https:\/\/registry\.example\/v2\/a\//,
    );
  });
});

test('every request is observed once, with its route and status', async () => {
  const events: RequestEvent[] = [];
  const registry = await startRegistry({ observe: (event) => void events.push(event) });
  await (await registry.call('GET', 'a/b/tags/list')).text();
  await (await registry.call('GET', 'nonsense')).text();
  // The answer may be here before its end is noted.
  await expect
    .poll(() => events.map(({ method, route, status, complete }) => ({ method, route, status, complete })))
    .toEqual([
      { method: 'GET', route: { kind: 'tags', name: 'a/b' }, status: 404, complete: true },
      { method: 'GET', route: undefined, status: 404, complete: true },
    ]);
});

test('an error of our own is a 500 that says nothing, with an id that is in the log', async () => {
  const driver = overrideDriver(await memoryDriver(), {
    list: () => {
      throw new TypeError('a secret path');
    },
  });
  const registry = await startRegistry({ driver });
  const answer = await registry.call('GET', 'a/tags/list');
  expect(answer.status).toBe(500);
  expect(header(answer, 'x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(await answer.text()).not.toContain('secret');
  expect(registry.lines).toContain('error request failed');
  const wrapped = await startRegistry({ driver: checkDriver(driver) });
  expect((await wrapped.call('GET', 'a/tags/list')).status).toBe(503);
});
