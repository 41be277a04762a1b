import { describe, expect, test } from 'vitest';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  bytes,
  digestOf,
  errorCode,
  header,
  listPaths,
  makeImage,
  memoryDriver,
  overrideDriver,
  pushBlob,
  pushImage,
  putManifest,
  sendRaw,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

const DIGEST = digestOf('x');

/** Answers the first line and the error code of a request that no client library would send. */
async function raw({ port }: TestRegistry, head: string, body: string | Buffer = ''): Promise<string> {
  const request = Buffer.concat([
    Buffer.from(`${head}\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1'),
    Buffer.from(body),
  ]);
  const answer = await sendRaw(port, request);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'closed';
  const code = /"code":"([A-Z_]+)"/.exec(answer)?.[1];
  return code === undefined ? status : `${status} ${code}`;
}

describe('names, at every endpoint (B01)', () => {
  const names = [
    '..',
    '%2e%2e',
    'a%2Fb',
    'a//b',
    'Upper',
    '%00',
    'a%00b',
    '%D0%B0bc',
    'a'.repeat(256),
    '_uploads',
    'a/_layers/b',
    'a/%2e%2e/%2e%2e/etc',
    `${'a-'.repeat(3500)}!`,
    'constructor/__proto__',
  ];
  const endpoints: [string, string][] = [
    ['GET', `manifests/latest`],
    ['PUT', `manifests/latest`],
    ['DELETE', `manifests/${DIGEST}`],
    ['GET', `blobs/${DIGEST}`],
    ['HEAD', `blobs/${DIGEST}`],
    ['DELETE', `blobs/${DIGEST}`],
    ['POST', 'blobs/uploads/'],
    ['POST', `blobs/uploads/?digest=${DIGEST}`],
    ['PATCH', 'blobs/uploads/0190163d-8694-739b-aea5-966c26f8ad91?_state=x'],
    ['GET', `referrers/${DIGEST}`],
    ['GET', 'tags/list'],
  ];
  test.each(endpoints)('%s %s', async (method, path) => {
    const registry = await startRegistry();
    for (const name of names) {
      const answer = await raw(registry, `${method} /v2/${name}/${path} HTTP/1.1`);
      expect([name, answer]).toEqual([name, method === 'HEAD' ? '400' : '400 NAME_INVALID']);
    }
    expect(await listPaths(registry.driver).catch(() => [])).toEqual([]);
  });

  test('a mount from such a name', async () => {
    const registry = await startRegistry();
    for (const name of names.filter((each) => !each.includes('%2F'))) {
      const target = `/v2/b/blobs/uploads/?mount=${DIGEST}&from=${name}`;
      expect([name, await raw(registry, `POST ${target} HTTP/1.1`)]).toEqual([name, '400 NAME_INVALID']);
    }
  });
});

describe('tags (B02)', () => {
  const tags = ['.x', '-x', 't'.repeat(129), 'x%0Ay', 'x%00', 'a%20b', '%D0%B0', 'x+y', 'a!'];
  test.each(tags)('%s: PUT and DELETE 400, GET 404', async (tag) => {
    const registry = await startRegistry();
    const content = await makeImage(registry, 'a');
    const put = await putManifest(registry, 'a', tag, content);
    expect([put.status, await errorCode(put)]).toEqual([400, 'MANIFEST_INVALID']);
    const byQuery = await putManifest(
      registry,
      'a',
      `${digestOf(content)}?tag=${tag.replace('+', '%2B')}`,
      content,
    );
    expect([byQuery.status, await errorCode(byQuery)]).toEqual([400, 'MANIFEST_INVALID']);
    expect(await raw(registry, `DELETE /v2/a/manifests/${tag} HTTP/1.1`)).toBe('400 MANIFEST_INVALID');
    expect(await raw(registry, `GET /v2/a/manifests/${tag} HTTP/1.1`)).toBe('404 MANIFEST_UNKNOWN');
    expect((await listPaths(registry.driver)).filter((path) => path.includes('_manifests'))).toEqual([]);
  });
});

describe('digests, wherever one is taken (B03)', () => {
  const hex = DIGEST.slice('sha256:'.length);
  const digests = [
    `md5:${hex.slice(0, 32)}`,
    `sha256:${hex.slice(1)}`,
    `sha256:${hex}0`,
    `sha256:${hex.toUpperCase()}`,
    `sha256:${hex}${hex}`,
    `sha512:${hex}`,
    `sha256:..%2F..%2F${hex.slice(10)}`,
    `SHA256:${hex}`,
    `sha256+b64:${hex}`,
    `sha256:${hex.slice(1)}%00`,
    `constructor:${hex}`,
    ':',
    'sha256:',
  ];
  test.each(digests)('%s', async (digest) => {
    const registry = await startRegistry();
    const { pathname, search } = new URL(await startUpload(registry, 'a'));
    const inQuery = encodeURIComponent(decodeURIComponent(digest));
    for (const [method, target] of [
      ['GET', `/v2/a/blobs/${digest}`],
      ['DELETE', `/v2/a/blobs/${digest}`],
      ['GET', `/v2/a/manifests/${digest}`],
      ['PUT', `/v2/a/manifests/${digest}`],
      ['DELETE', `/v2/a/manifests/${digest}`],
      ['GET', `/v2/a/referrers/${digest}`],
      ['POST', `/v2/a/blobs/uploads/?digest=${inQuery}`],
      ['POST', `/v2/a/blobs/uploads/?mount=${inQuery}&from=b`],
      ['PUT', `${pathname}${search}&digest=${inQuery}`],
    ]) {
      expect([method, target, await raw(registry, `${method} ${target} HTTP/1.1`)]).toEqual([
        method,
        target,
        '400 DIGEST_INVALID',
      ]);
    }
    expect((await registry.call('GET', `${registry.origin}${pathname}${search}`)).status).toBe(204);
  });

  test('another algorithm than the one that the upload was begun for: the upload stays as it is', async () => {
    const registry = await startRegistry();
    const content = bytes(100);
    const post = await registry.call('POST', 'a/blobs/uploads/?digest-algorithm=sha512');
    const patch = await registry.call('PATCH', header(post, 'location'), { body: content });
    const location = header(await registry.call('GET', header(patch, 'location')), 'location');
    const wrong = await registry.call('PUT', withDigest(location, digestOf(content)));
    expect([wrong.status, await errorCode(wrong)]).toEqual([400, 'DIGEST_INVALID']);
    const right = await registry.call('PUT', withDigest(location, digestOf(content, 'sha512')));
    expect(right.status).toBe(201);
  });
});

describe('bodies (B07)', () => {
  test('a manifest that is shorter than its Content-Length: closed or 400, nothing stored', async () => {
    const registry = await startRegistry({ patienceMs: 200 });
    const content = (await makeImage(registry, 'a')).toString();
    const head = `PUT /v2/a/manifests/v1 HTTP/1.1\r\nContent-Type: ${OCI_MANIFEST}\r\nContent-Length: ${content.length + 1}`;
    expect(['closed', '400 SIZE_INVALID']).toContain(await raw(registry, head, content));
    expect((await registry.call('GET', 'a/manifests/v1')).status).toBe(404);
  });

  test('Expect: 100-continue is answered before the body', async () => {
    const registry = await startRegistry();
    const target = `/v2/a/blobs/uploads/?digest=${DIGEST}`;
    const head = `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n`;
    const answer = await sendRaw(registry.port, `${head}x`);
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created/);
  });

  test.each(['gzip', 'zstd', 'identity, gzip', 'br'])(
    'Content-Encoding: %s is never decoded',
    async (encoding) => {
      const registry = await startRegistry();
      const headers = { 'Content-Encoding': encoding, 'Content-Type': OCI_MANIFEST };
      for (const [method, path] of [
        ['PUT', 'a/manifests/v1'],
        ['POST', `a/blobs/uploads/?digest=${DIGEST}`],
      ] as const) {
        const answer = await registry.call(method, path, { headers, body: 'x' });
        expect([answer.status, await errorCode(answer)]).toEqual([415, 'UNSUPPORTED']);
      }
    },
  );
});

describe('what two parsers could read in two ways (B08)', () => {
  test.each([
    ['lines that end with LF alone', 'GET /v2/ HTTP/1.1\nHost: x\n\n'],
    ['a length with a sign', 'GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\nx'],
    [
      'chunked, and something after it',
      'POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    ],
    ['a space before the colon', 'GET /v2/ HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['a name with a control character', 'GET /v2/ HTTP/1.1\r\nHost: x\r\nX\x01: y\r\n\r\n'],
  ])('%s: 400, and the connection ends', async (_, request) => {
    const registry = await startRegistry();
    expect(await sendRaw(registry.port, request)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close/);
  });
});

describe('manifests (B09, B11)', () => {
  test('of 30,000 missing layers: one answer, which lists some, after few questions to the store', async () => {
    const driver = await memoryDriver();
    let questions = 0;
    const counting = overrideDriver(driver, {
      stat: (path, options) => {
        questions++;
        return driver.stat(path, options);
      },
    });
    const registry = await startRegistry({ driver: counting });
    const config = await pushBlob(registry, 'a', Buffer.from('{}'));
    const layers = Array.from({ length: 30_000 }, (_, index) => ({
      mediaType: 'a/b',
      digest: digestOf(String(index)),
      size: 1,
    }));
    const manifest = {
      schemaVersion: 2,
      config: { mediaType: 'a/b', digest: config, size: 2 },
      layers,
    };
    questions = 0;
    const put = await putManifest(registry, 'a', 'v1', JSON.stringify(manifest));
    expect(put.status).toBe(404);
    const { errors } = (await put.json()) as { errors: { code: string; detail: { digests: string[] } }[] };
    expect(errors[0]?.code).toBe('MANIFEST_BLOB_UNKNOWN');
    expect(errors[0]?.detail.digests.length).toBeGreaterThanOrEqual(100);
    expect(questions).toBeLessThan(1000);
  });

  test('the first wrong size ends the search', async () => {
    const driver = await memoryDriver();
    let questions = 0;
    const counting = overrideDriver(driver, {
      stat: (path, options) => {
        questions++;
        return driver.stat(path, options);
      },
    });
    const registry = await startRegistry({ driver: counting });
    const config = await pushBlob(registry, 'a', Buffer.from('{}'));
    const layers = Array.from({ length: 500 }, (_, size) => ({
      mediaType: 'a/b',
      digest: config,
      size: size + 3,
    }));
    const manifest = { schemaVersion: 2, config: { mediaType: 'a/b', digest: config, size: 2 }, layers };
    questions = 0;
    const put = await putManifest(registry, 'a', 'v1', JSON.stringify(manifest));
    expect([put.status, await errorCode(put)]).toEqual([400, 'MANIFEST_INVALID']);
    expect(questions).toBeLessThan(100);
  });

  test('a size of 0 is that of an empty blob, and of no other', async () => {
    const registry = await startRegistry();
    const empty = await pushBlob(registry, 'a', Buffer.alloc(0));
    const full = await pushBlob(registry, 'a', Buffer.from('x'));
    const image = (digest: string) =>
      JSON.stringify({ schemaVersion: 2, config: { mediaType: 'a/b', digest, size: 0 }, layers: [] });
    expect((await putManifest(registry, 'a', 'v1', image(empty))).status).toBe(201);
    expect(await errorCode(await putManifest(registry, 'a', 'v2', image(full)))).toBe('MANIFEST_INVALID');
  });

  test('keys that mean something to JavaScript change nothing (S08)', async () => {
    const registry = await startRegistry();
    const content = (await makeImage(registry, 'a')).toString();
    const hostile = content.replace(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":"x","hasOwnProperty":1,',
    );
    const put = await putManifest(registry, 'a', 'v1', hostile);
    expect(put.status).toBe(201);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(await (await registry.call('GET', 'a/manifests/v1')).text()).toBe(hostile);
  });

  test('a digest is always served with the same Content-Type (S07)', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], layers: [], config: {} };
    expect(await errorCode(await putManifest(registry, 'a', 'v2', JSON.stringify(index), OCI_INDEX))).toBe(
      'MANIFEST_INVALID',
    );
    expect(await errorCode(await putManifest(registry, 'a', digest, content, OCI_INDEX))).toBe(
      'MANIFEST_INVALID',
    );
    for (const accept of ['*/*', OCI_INDEX, 'text/html', '']) {
      const get = await registry.call('GET', `a/manifests/${digest}`, { headers: { Accept: accept } });
      expect([get.status, get.headers.get('content-type')]).toEqual([200, OCI_MANIFEST]);
    }
  });

  test('5 GB, chunked: 413 after little more than the limit, and the memory stays flat (S01)', async () => {
    const registry = await startRegistry({ manifestLimit: 65_536 });
    const chunk = Buffer.from(`10000\r\n${' '.repeat(65_536)}\r\n`);
    const body = Buffer.concat(Array.from({ length: 64 }, () => chunk));
    const head = `PUT /v2/a/manifests/v1 HTTP/1.1\r\nTransfer-Encoding: chunked`;
    expect(await raw(registry, head, body)).toBe('413 MANIFEST_INVALID');
  });
});

describe('queries (B12, S02)', () => {
  test.each([
    ['a/tags/list?n=-1', '400 UNSUPPORTED'],
    ['a/tags/list?n=9223372036854775808', '400 UNSUPPORTED'],
    ['a/tags/list?n=abc', '400 UNSUPPORTED'],
    ['a/tags/list?n=1&n=-1', '200'],
    ['a/tags/list?n=1000000000', '200'],
    ['a/tags/list?last=%00%0a%ff..%2F..', '200'],
    ['a/tags/list?n=%31', '200'],
    ['_catalog?n=2147483647', '400 PAGINATION_NUMBER_INVALID'],
    ['_catalog?n=-1', '400 PAGINATION_NUMBER_INVALID'],
    ['_catalog?n=abc', '400 PAGINATION_NUMBER_INVALID'],
    ['_catalog?n=0', '200'],
    ['_catalog?last=../../..', '200'],
    ['_catalog?last=%00', '200'],
    [`a/referrers/${DIGEST}?artifactType=${'x'.repeat(7000)}`, '200'],
    [`a/referrers/${DIGEST}?artifactType=${'x'.repeat(10_000)}`, '414 UNSUPPORTED'],
    [`a/referrers/${DIGEST}?artifactType=%0d%0aX-Injected:%20y`, '200'],
    [`a/referrers/${DIGEST}?last=nonsense`, '200'],
    ['a/tags/list?__proto__=1&constructor=2', '200'],
    ['a/tags/list?%E0%A4%A', '200'],
  ])('%s: %s', async (path, expected) => {
    const registry = await startRegistry();
    await pushImage(registry, 'a', 'v1');
    expect(await raw(registry, `GET /v2/${path} HTTP/1.1`)).toBe(expected);
  });
});

describe('tokens of uploads (B15)', () => {
  test.each([
    ['empty', ''],
    ['of 5,000 characters', 'A'.repeat(5000)],
    ['not base64', '%00%ff'],
    ['given as JSON', '%7B%22Name%22%3A%22a%22%7D'],
  ])('%s: 404', async (_, token) => {
    const registry = await startRegistry();
    const { pathname } = new URL(await startUpload(registry, 'a'));
    for (const method of ['PATCH', 'DELETE']) {
      const answer = await raw(registry, `${method} ${pathname}?_state=${token} HTTP/1.1`);
      expect(answer).toBe('404 BLOB_UPLOAD_UNKNOWN');
    }
  });

  test('of a megabyte: refused as a header', async () => {
    const registry = await startRegistry();
    const { pathname } = new URL(await startUpload(registry, 'a'));
    const answer = await raw(registry, `PATCH ${pathname}?_state=${'A'.repeat(1024 * 1024)} HTTP/1.1`);
    expect(['431', 'closed']).toContain(answer);
  });
});

describe('a blob that was deleted is gone at once, whatever knew it (S17)', () => {
  test.each([10, 100_000])('%d bytes', async (size) => {
    const registry = await startRegistry();
    const content = bytes(size);
    const digest = await pushBlob(registry, 'a', content);
    await pushBlob(registry, 'b', content);
    for (let round = 0; round < 3; round++)
      await (await registry.call('GET', `a/blobs/${digest}`)).arrayBuffer();
    expect((await registry.call('DELETE', `a/blobs/${digest}`)).status).toBe(202);
    const get = await registry.call('GET', `a/blobs/${digest}`);
    expect([get.status, await errorCode(get)]).toEqual([404, 'BLOB_UNKNOWN']);
    expect((await registry.call('HEAD', `a/blobs/${digest}`)).status).toBe(404);
    expect((await registry.call('POST', `c/blobs/uploads/?mount=${digest}&from=a`)).status).toBe(202);
    // Another repository that pushes it again gives nothing back to this one.
    await pushBlob(registry, 'b', content);
    expect((await registry.call('GET', `a/blobs/${digest}`)).status).toBe(404);
    await pushBlob(registry, 'a', content);
    expect((await registry.call('GET', `a/blobs/${digest}`)).status).toBe(200);
  });
});
