import type { StorageDriver } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import type { AccessController } from '../../src/access/access-controller.js';
import { createAccess } from '../../src/access/create-access.js';
import type { AccessRule } from '../../src/access/rules.js';
import type { DeniedEvent } from '../../src/index.js';
import { createSilly } from '../../src/auth/silly.js';
import { basic, passAuthenticator, ruled } from '../auth/auth-fixture.js';
import {
  OCI_MANIFEST,
  bytes,
  digestOf,
  errorCode,
  header,
  makeImage,
  memoryDriver,
  overrideDriver,
  pushBlob,
  pushImage,
  putManifest,
  sendRaw,
  startRegistry,
  withDigest,
} from '../registry-fixture.js';

const RULES: readonly AccessRule[] = [
  { repositories: ['alice/**'], users: ['alice'], actions: ['read', 'create', 'update', 'delete'] },
  { repositories: ['bob/**', 'shared'], users: ['bob'], actions: ['read', 'create', 'update', 'delete'] },
  { repositories: ['shared'], users: ['alice'], actions: ['read', 'create'] },
  { repositories: ['public/**'], users: ['anonymous'], actions: ['read'] },
  { repositories: ['inbox'], users: ['anonymous'], actions: ['read', 'create'] },
];

const ALICE = { headers: basic('alice', 'pass') };
const BOB = { headers: basic('bob', 'pass') };

describe('S14: an upload belongs to who began it', () => {
  const body = bytes(100);

  test.each([
    ['another user, same repository', 'shared', ALICE, BOB, 'shared'],
    ['another user, another repository', 'shared', ALICE, BOB, 'bob/x'],
    ['the same user, another repository', 'shared', ALICE, ALICE, 'alice/x'],
    ['nobody, of a user', 'inbox', {}, ALICE, 'shared'],
  ])('%s', async (_, name, owner, other, otherName) => {
    const registry = await startRegistry({ access: ruled(RULES) });
    const location = header(await registry.call('POST', `${name}/blobs/uploads/`, owner), 'location');
    const theirs = location.replace(`/v2/${name}/`, `/v2/${otherName}/`);
    const untold = theirs.replace(/\?.*/, '');
    for (const url of [theirs, untold]) {
      for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
        const target = method === 'PUT' ? withDigest(url, digestOf(body)) : url;
        const init = { ...other, ...(method === 'PATCH' || method === 'PUT' ? { body } : {}) };
        const answer = await registry.call(method, target, init);
        expect([method, answer.status, await errorCode(answer)]).toEqual([
          method,
          404,
          'BLOB_UPLOAD_UNKNOWN',
        ]);
      }
    }
    expect(
      (await registry.call('PUT', withDigest(location, digestOf(body)), { ...owner, body })).status,
    ).toBe(201);
  });

  test('what nobody in particular has begun is no upload of a user', async () => {
    const rules: AccessRule[] = [{ repositories: ['**'], users: ['anonymous'], actions: ['read', 'create'] }];
    const registry = await startRegistry({ access: ruled(rules) });
    const location = header(await registry.call('POST', 'a/blobs/uploads/'), 'location');
    expect((await registry.call('GET', location, ALICE)).status).toBe(404);
    expect((await registry.call('GET', location)).status).toBe(204);
  });

  test('one of a registry without access control, or of Distribution, may be gone on with', async () => {
    const driver = await memoryDriver();
    const open = await startRegistry({ driver });
    const closed = await startRegistry({ driver, access: ruled(RULES) });
    const begun = new URL(header(await open.call('POST', 'shared/blobs/uploads/'), 'location'));
    const first = await closed.call('PATCH', `${closed.origin}${begun.pathname}${begun.search}`, {
      ...ALICE,
      body,
    });
    expect(first.status).toBe(202);
    // From then on it has an owner.
    expect((await closed.call('GET', header(first, 'location'), BOB)).status).toBe(404);
  });
});

/** Reads of the driver, while something is done. */
function counting(driver: StorageDriver): { driver: StorageDriver; calls: string[] } {
  const calls: string[] = [];
  const get: StorageDriver['get'] = (path, options) => {
    calls.push(`get ${path}`);
    return driver.get(path, options);
  };
  const stat: StorageDriver['stat'] = (path, options) => {
    calls.push(`stat ${path}`);
    return driver.stat(path, options);
  };
  return { driver: overrideDriver(driver, { get, stat }), calls };
}

describe('S15: a blob of a private repository', () => {
  async function setUp() {
    const { driver, calls } = counting(await memoryDriver());
    const open = await startRegistry({ driver });
    const content = bytes(1000);
    await pushBlob(open, 'bob/private', content);
    const access = ruled(RULES);
    const registry = await startRegistry({ driver, access, anonymousMount: true });
    return { registry, calls, known: digestOf(content), unknown: digestOf('unknown') };
  }

  test('cannot be mounted: the answer is a normal upload, and nothing is looked up', async () => {
    const { registry, calls, known, unknown } = await setUp();
    const seen: unknown[] = [];
    for (const digest of [known, unknown]) {
      for (const from of ['&from=bob/private', '', '&from=alice/x&from=bob/private']) {
        calls.length = 0;
        const answer = await registry.call('POST', `alice/x/blobs/uploads/?mount=${digest}${from}`, ALICE);
        expect(answer.status).toBe(202);
        seen.push([from, calls.length, calls.filter((call) => call.includes('bob'))]);
      }
    }
    expect(seen.slice(0, 3)).toEqual(seen.slice(3));
    const mine = await registry.call('POST', `bob/x/blobs/uploads/?mount=${known}&from=bob/private`, BOB);
    expect(mine.status).toBe(201);
  });

  test('is not known anywhere else, by the same steps as one that nobody has', async () => {
    const { registry, calls, known, unknown } = await setUp();
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const seen: unknown[] = [];
      for (const digest of [known, unknown]) {
        calls.length = 0;
        const answer = await registry.call(method, `alice/x/blobs/${digest}`, ALICE);
        expect([method, answer.status]).toEqual([method, 404]);
        seen.push(
          calls.map((call) => call.replaceAll(digest.slice(7), '').replaceAll(digest.slice(7, 9), '')),
        );
      }
      expect(seen[0]).toEqual(seen[1]);
    }
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: known, size: 1000 },
      layers: [],
    });
    const init = { body: manifest, headers: { ...ALICE.headers, 'content-type': OCI_MANIFEST } };
    const answer = await registry.call('PUT', 'alice/x/manifests/1', init);
    expect([answer.status, await errorCode(answer)]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
  });

  test('a mount without a source finds it for those who may read everything', async () => {
    const driver = await memoryDriver();
    const open = await startRegistry({ driver });
    const digest = await pushBlob(open, 'a', bytes(10));
    const access = createAccess({ authenticator: passAuthenticator() });
    const registry = await startRegistry({ driver, access, anonymousMount: true });
    expect((await registry.call('POST', `b/blobs/uploads/?mount=${digest}`, ALICE)).status).toBe(201);
  });
});

describe('S17: what is deleted', () => {
  test('is gone from every cache of its repository, until it is pushed there again', async () => {
    const registry = await startRegistry();
    const content = bytes(50);
    const digest = await pushBlob(registry, 'a', content);
    const { digest: image } = await pushImage(registry, 'a', '1');
    const paths = [`a/blobs/${digest}`, `a/manifests/${image}`, 'a/manifests/1'];
    for (const path of paths) for (const method of ['GET', 'HEAD', 'GET']) await registry.call(method, path);
    await registry.call('DELETE', `a/blobs/${digest}`);
    await registry.call('DELETE', `a/manifests/${image}`);
    await pushBlob(registry, 'b', content);
    for (const path of paths)
      for (const method of ['GET', 'HEAD']) expect((await registry.call(method, path)).status).toBe(404);
    await pushBlob(registry, 'a', content);
    expect((await registry.call('GET', `a/blobs/${digest}`)).status).toBe(200);
  });
});

describe('S02: the catalog', () => {
  async function repositories(access: AccessController, path: string, init?: RequestInit): Promise<unknown> {
    const driver = await memoryDriver();
    const open = await startRegistry({ driver });
    for (const name of ['alice/a', 'alice/b', 'bob/a', 'public/a', 'shared'])
      await pushImage(open, name, '1');
    const registry = await startRegistry({ driver, access });
    const answer = await registry.call('GET', path, init);
    return answer.status === 200 ? [await answer.json(), answer.headers.get('link')] : answer.status;
  }

  test('has what one may read, page by page', async () => {
    const all = { repositories: ['alice/a', 'alice/b', 'public/a', 'shared'] };
    expect(await repositories(ruled(RULES), '_catalog', ALICE)).toEqual([all, null]);
    const next = '</v2/_catalog?n=2&last=alice%2Fb>; rel="next"';
    expect(await repositories(ruled(RULES), '_catalog?n=2', ALICE)).toEqual([
      { repositories: ['alice/a', 'alice/b'] },
      next,
    ]);
    expect(await repositories(ruled(RULES), '_catalog?n=2&last=alice/b', ALICE)).toEqual([
      { repositories: ['public/a', 'shared'] },
      null,
    ]);
  });

  test('is for users alone, or for whom it was given', async () => {
    expect(await repositories(ruled(RULES), '_catalog')).toBe(401);
    const given = (catalog: string[]) =>
      createAccess({ authenticator: passAuthenticator(), rules: RULES, catalog });
    expect(await repositories(given(['bob']), '_catalog', ALICE)).toBe(403);
    expect(await repositories(given(['anonymous']), '_catalog')).toEqual([
      { repositories: ['public/a'] },
      null,
    ]);
  });

  test('a page is bounded', async () => {
    expect(await repositories(ruled(RULES), '_catalog?n=2147483647', ALICE)).toBe(400);
  });
});

describe('who is asked for credentials', () => {
  test('everybody at the base, and whoever has no right as nobody in particular', async () => {
    const driver = await memoryDriver();
    await pushImage(await startRegistry({ driver }), 'public/a', '1');
    const registry = await startRegistry({ driver, access: ruled(RULES) });
    expect((await registry.call('GET', '')).status).toBe(401);
    expect((await registry.call('GET', 'public/a/manifests/1')).status).toBe(200);
    expect((await registry.call('GET', 'alice/a/manifests/1')).status).toBe(401);
    expect((await registry.call('POST', 'public/a/blobs/uploads/')).status).toBe(401);
    expect((await registry.call('GET', 'public/a/manifests/1', ALICE)).status).toBe(200);
  });

  test('before anything else is said of a path that exists', async () => {
    const registry = await startRegistry({ access: ruled(RULES) });
    for (const [method, path] of [
      ['PUT', 'alice/x/tags/list'],
      ['OPTIONS', 'alice/x/manifests/1'],
      ['GET', 'alice/x/manifests/!'],
      ['PATCH', ''],
    ] as const)
      expect([path, (await registry.call(method, path)).status]).toEqual([path, 401]);
    expect((await registry.call('OPTIONS', 'alice/x/manifests/1', ALICE)).status).toBe(405);
  });

  test('nobody, where nobody can prove anything', async () => {
    const access = createAccess({
      rules: [{ repositories: ['**'], users: ['anonymous'], actions: ['read'] }],
    });
    const registry = await startRegistry({ access });
    expect((await registry.call('GET', '')).status).toBe(200);
    expect((await registry.call('GET', '_catalog')).status).toBe(200);
    const answer = await registry.call('POST', 'a/blobs/uploads/');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([403, null]);
  });

  test('silly lets in whoever has a header', async () => {
    const access = createAccess({ authenticator: createSilly({ realm: 'r', service: 's' }) });
    const registry = await startRegistry({ access });
    const answer = await registry.call('POST', 'a/b/blobs/uploads/');
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="r",service="s",scope="repository:a/b:pull repository:a/b:push"',
    );
    expect(
      (await registry.call('POST', 'a/b/blobs/uploads/', { headers: { authorization: 'x' } })).status,
    ).toBe(202);
  });

  test('the certificate of a connection is good too, and credentials go before it', async () => {
    const access = createAccess({
      authenticator: passAuthenticator(),
      certificateUser: () => 'bob',
      rules: RULES,
    });
    const registry = await startRegistry({ access });
    expect((await registry.call('GET', '')).status).toBe(200);
    expect((await registry.call('POST', 'bob/a/blobs/uploads/')).status).toBe(202);
    expect((await registry.call('POST', 'bob/a/blobs/uploads/', ALICE)).status).toBe(403);
    expect((await registry.call('POST', 'alice/a/blobs/uploads/', ALICE)).status).toBe(202);
  });
});

describe('tags', () => {
  test('of several pushes that create one at a time one wins, and none moves it', async () => {
    const driver = await memoryDriver();
    const open = await startRegistry({ driver });
    const registry = await startRegistry({ driver, access: ruled(RULES) });
    const contents = await Promise.all(Array.from({ length: 8 }, () => makeImage(open, 'shared')));
    const answers = await Promise.all(
      contents.map((body) =>
        registry.call('PUT', 'shared/manifests/latest', {
          body,
          headers: { ...ALICE.headers, 'content-type': OCI_MANIFEST },
        }),
      ),
    );
    const winners = contents.filter((_, index) => answers[index]?.status === 201);
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(7);
    const now = await registry.call('HEAD', 'shared/manifests/latest', ALICE);
    expect(now.headers.get('docker-content-digest')).toBe(digestOf(winners[0] ?? ''));
  });

  test('without access control, none is looked up before it is set', async () => {
    const { driver, calls } = counting(await memoryDriver());
    const registry = await startRegistry({ driver });
    const content = await makeImage(registry, 'a');
    await putManifest(registry, 'a', '1', content);
    expect(calls.filter((call) => call.includes('/_manifests/tags/1/current'))).toEqual([]);
  });
});

describe('S26: what is asked for and what is served are read from the same path', () => {
  test.each([
    ['dots', '/v2/public/../bob/a/manifests/1'],
    ['escaped dots', '/v2/public/%2e%2e/bob/a/manifests/1'],
    ['escaped slashes', '/v2/public%2F..%2Fbob%2Fa/manifests/1'],
    ['slashes twice', '/v2//bob/a/manifests/1'],
    ['another origin', 'http://public/v2/bob/a/manifests/1'],
    ['a query in the path', '/v2/public/a%3F/../../bob/a/manifests/1'],
    ['a reference with a name in it', '/v2/public/a/manifests/..%2F..%2F..%2Fbob%2Fa%2Fmanifests%2F1'],
    ['its own path', '/v2/bob/a/manifests/1'],
  ])('%s', async (_, target) => {
    const driver = await memoryDriver();
    const { content } = await pushImage(await startRegistry({ driver }), 'bob/a', '1');
    const { port } = await startRegistry({ driver, access: ruled(RULES) });
    for (const method of ['GET', 'DELETE']) {
      const override = 'X-HTTP-Method-Override: GET\r\nX-Original-URL: /v2/public/a/manifests/1';
      const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\n${override}\r\nConnection: close\r\n\r\n`;
      const answer = await sendRaw(port, head);
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).not.toContain(content.toString());
    }
    expect((await (await startRegistry({ driver })).call('GET', 'bob/a/manifests/1')).status).toBe(200);
  });
});

test('who is refused is reported, without a password', async () => {
  const events: DeniedEvent[] = [];
  const registry = await startRegistry({ access: ruled(RULES), onDenied: (event) => events.push(event) });
  await registry.call('GET', 'bob/a/manifests/1');
  await registry.call('GET', 'bob/a/manifests/1', ALICE);
  await registry.call('GET', 'alice/a/manifests/1', ALICE);
  const route = { kind: 'manifest', name: 'bob/a', reference: '1' };
  const remote: unknown = expect.stringContaining('127.0.0.1');
  expect(events).toMatchObject([
    { code: 'MISSING', reason: 'no credentials', user: undefined, remote, method: 'GET', route },
    {
      code: 'DENIED',
      reason: 'no right to repository:bob/a:pull',
      user: 'alice',
      remote,
      method: 'GET',
      route,
    },
  ]);
});
