import type { StorageDriver } from '@outrigger/driver';
import { expect, test } from 'vitest';
import { readLink } from '../../src/layout/distribution/links.js';
import { tagCurrentLink } from '../../src/layout/distribution/paths.js';
import type { Presence } from '../../src/replicas/presence.js';
import { UNCERTAIN } from '../../src/replicas/presence.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_INDEX,
  digestOf,
  errorCode,
  makeImage,
  memoryDriver,
  overrideDriver,
  pushImage,
  putManifest,
  startRegistry,
} from '../registry-fixture.js';
import type { Answer } from './lying-upstream.js';
import { startUpstream, status } from './lying-upstream.js';
import { startProxy } from './proxy-fixture.js';

/** Passes requests on to a real registry. */
function passTo(origin: TestRegistry): Answer {
  return (req, res) => {
    void fetch(origin.origin + String(req.url), { method: req.method ?? 'GET' }).then(async (answer) => {
      const headers = Object.fromEntries(
        [...answer.headers].filter(([name]) => !/^(connection|date)$/.test(name)),
      );
      res.writeHead(answer.status, headers);
      res.end(Buffer.from(await answer.arrayBuffer()));
    });
  };
}

async function start() {
  const origin = await startRegistry();
  const upstream = await startUpstream(passTo(origin));
  return { origin, upstream, proxy: await startProxy(upstream.url) };
}

const digestAt = async (proxy: TestRegistry, path: string) => {
  const answer = await proxy.call('GET', path);
  return answer.status === 200 ? digestOf(new Uint8Array(await answer.arrayBuffer())) : answer.status;
};

test('a tag follows the upstream, which is asked for the manifest only when it is another one', async () => {
  const { origin, upstream, proxy } = await start();
  const one = await pushImage(origin, 'a', 'latest');
  expect(await digestAt(proxy, 'a/manifests/latest')).toBe(one.digest);
  expect(await digestAt(proxy, 'a/manifests/latest')).toBe(one.digest);
  const two = await pushImage(origin, 'a', 'latest');
  expect(await digestAt(proxy, 'a/manifests/latest')).toBe(two.digest);
  expect(await digestAt(proxy, `a/manifests/${one.digest}`)).toBe(one.digest);
  await putManifest(origin, 'a', 'latest', one.content);
  expect(await digestAt(proxy, 'a/manifests/latest')).toBe(one.digest);
  expect(upstream.requests.filter((each) => each.startsWith('GET'))).toEqual([
    `GET /v2/a/manifests/${one.digest}`,
    `GET /v2/a/manifests/${two.digest}`,
  ]);
});

test.for([
  ['is gone', undefined],
  ['fails', status(500)],
  ['has had too many requests', status(429, { 'Retry-After': '7' })],
] as const)('what is cached is served, with a warning, when the upstream %s', async ([, answer]) => {
  const { origin, upstream, proxy } = await start();
  const { digest } = await pushImage(origin, 'a', 'latest');
  await proxy.call('GET', 'a/manifests/latest');
  if (answer === undefined) await upstream.stop();
  else upstream.answer = answer;
  for (const _ of [1, 2]) {
    const stale = await proxy.call('GET', 'a/manifests/latest');
    expect([stale.status, stale.headers.get('docker-content-digest')]).toEqual([200, digest]);
    expect(stale.headers.get('warning')).toMatch(/^299 - "/);
  }
  const tags = await proxy.call('GET', 'a/tags/list');
  expect(await tags.json()).toEqual({ name: 'a', tags: ['latest'] });
  expect(tags.headers.get('warning')).toMatch(/^299 - "/);
  expect((await proxy.call('GET', `a/manifests/${digest}`)).headers.get('warning')).toBeNull();
});

test.for([
  [404, 404, 'MANIFEST_UNKNOWN', null],
  [401, 403, 'DENIED', null],
  [403, 403, 'DENIED', null],
  [429, 429, 'TOOMANYREQUESTS', '7'],
  [500, 503, 'UNAVAILABLE', null],
  [418, 502, 'UNAVAILABLE', null],
] as const)('%i of the upstream is %i to the client', async ([from, to, code, retryAfter]) => {
  const upstream = await startUpstream(status(from, from === 429 ? { 'Retry-After': '7' } : {}));
  const proxy = await startProxy(upstream.url);
  for (const path of ['a/manifests/latest', `a/manifests/${digestOf('x')}`]) {
    const answer = await proxy.call('GET', path);
    expect([answer.status, await errorCode(answer)]).toEqual([to, code]);
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
  }
  const blob = await proxy.call('GET', `a/blobs/${digestOf('x')}`);
  expect([blob.status, await errorCode(blob)]).toEqual([to, from === 404 ? 'BLOB_UNKNOWN' : code]);
});

test('a tag that the upstream has taken back does not come to life when the upstream is away', async () => {
  const { origin, upstream, proxy } = await start();
  await pushImage(origin, 'a', 'latest');
  await proxy.call('GET', 'a/manifests/latest');
  upstream.answer = status(404);
  expect(await digestAt(proxy, 'a/manifests/latest')).toBe(404);
  await upstream.stop();
  expect(await digestAt(proxy, 'a/manifests/latest')).toBe(503);
});

/** The driver, which tells of each change. */
function watch(driver: StorageDriver, onChange: (path: string) => void): StorageDriver {
  return overrideDriver(driver, {
    put: (path, content, options) => (onChange(path), driver.put(path, content, options)),
    move: (from, to, options) => (onChange(from), driver.move(from, to, options)),
    delete: (path, options) => (onChange(path), driver.delete(path, options)),
  });
}

test('a tag that nobody has changes nothing in the store', async () => {
  const changes: string[] = [];
  const driver = watch(await memoryDriver(), (path) => changes.push(path));
  const upstream = await startUpstream(status(404));
  const proxy = await startProxy(upstream.url, {}, { driver });
  expect(await digestAt(proxy, 'a/manifests/latest')).toBe(404);
  expect(changes).toEqual([]);
});

test('a tag that is taken back stays until this registry may change the store', async () => {
  const driver = await memoryDriver();
  const { origin, upstream } = await start();
  await pushImage(origin, 'a', 'latest');
  await digestAt(await startProxy(upstream.url, {}, { driver }), 'a/manifests/latest');
  const asked = upstream.requests.length;
  let hasWaited = false;
  const presence: Presence = {
    ...UNCERTAIN,
    get joining() {
      hasWaited = upstream.requests.length > asked;
      return undefined;
    },
  };
  const changes: boolean[] = [];
  const watched = watch(driver, () => changes.push(hasWaited));
  const proxy = await startProxy(upstream.url, {}, { driver: watched, presence });
  upstream.answer = status(404);
  expect(await digestAt(proxy, 'a/manifests/latest')).toBe(404);
  expect(new Set(changes)).toEqual(new Set([true]));
  expect(await readLink(driver, tagCurrentLink('a', 'latest'))).toBeUndefined();
});

test('requests for one tag at the same time ask the upstream once', async () => {
  const { origin, upstream, proxy } = await start();
  const { digest } = await pushImage(origin, 'a', 'latest');
  const found = await Promise.all(Array.from({ length: 20 }, () => digestAt(proxy, 'a/manifests/latest')));
  expect(new Set(found)).toEqual(new Set([digest]));
  expect(upstream.requests.filter((each) => each.startsWith('GET'))).toHaveLength(1);
});

test.for<[string, (content: Buffer) => Answer]>([
  ['other bytes than the digest', () => (_req, res) => void res.end('{"schemaVersion":2,"manifests":[]}')],
  [
    'a digest in the head that is wrong',
    (content) => (_req, res) =>
      void res.writeHead(200, { 'Docker-Content-Digest': digestOf('other') }).end(content),
  ],
  ['more than a manifest may have', () => (_req, res) => void res.end(Buffer.alloc(5 * 1024 * 1024, ' '))],
])('S21: a manifest of %s is not served', async ([, lie]) => {
  const origin = await startRegistry();
  const content = await makeImage(origin, 'a');
  const upstream = await startUpstream(lie(content));
  const proxy = await startProxy(upstream.url);
  const answer = await proxy.call('GET', `a/manifests/${digestOf(content)}`);
  expect([answer.status, await errorCode(answer)]).toEqual([502, 'UNAVAILABLE']);
  const tagged = await proxy.call('GET', 'a/manifests/latest');
  if (tagged.status === 200)
    expect(tagged.headers.get('docker-content-digest')).toBe(
      digestOf(new Uint8Array(await tagged.arrayBuffer())),
    );
  else expect(tagged.status).toBe(502);
});

test('what is no manifest is not served', async () => {
  const upstream = await startUpstream((_req, res) => void res.end('<html>log in</html>'));
  const proxy = await startProxy(upstream.url);
  expect((await proxy.call('GET', 'a/manifests/latest')).status).toBe(502);
});

test('nothing can be pushed or deleted', async () => {
  const { proxy, upstream } = await start();
  for (const [method, path] of [
    ['POST', 'a/blobs/uploads/'],
    ['PUT', 'a/manifests/latest'],
    ['DELETE', 'a/manifests/latest'],
    ['DELETE', `a/blobs/${digestOf('x')}`],
  ] as const) {
    const answer = await proxy.call(method, path);
    expect([answer.status, await errorCode(answer)], `${method} ${path}`).toEqual([405, 'UNSUPPORTED']);
  }
  expect(upstream.requests).toEqual([]);
});

test('tags are those of the upstream, by page as it makes them', async () => {
  const { origin, proxy } = await start();
  const { content } = await pushImage(origin, 'a', 'v1');
  for (const tag of ['v2', 'v3']) await putManifest(origin, 'a', tag, content);
  expect(await (await proxy.call('GET', 'a/tags/list')).json()).toEqual({
    name: 'a',
    tags: ['v1', 'v2', 'v3'],
  });
  const page = await proxy.call('GET', 'a/tags/list?n=2');
  expect(await page.json()).toEqual({ name: 'a', tags: ['v1', 'v2'] });
  expect(page.headers.get('link')).toBe('</v2/a/tags/list?n=2&last=v2>; rel="next"');
  const unknown = await proxy.call('GET', 'nobody/tags/list');
  expect([unknown.status, await errorCode(unknown)]).toEqual([404, 'NAME_UNKNOWN']);
});

test('a page may have any number of tags', async () => {
  const many = JSON.stringify({ tags: Array.from({ length: 200_000 }, (_, index) => `t${String(index)}`) });
  const upstream = await startUpstream((req, res) => {
    const isLast = String(req.url).includes('last');
    res.writeHead(200, isLast ? {} : { Link: '</v2/a/tags/list?last=a>; rel="next"' });
    res.end(isLast ? many : '{"tags":["a"]}');
  });
  const proxy = await startProxy(upstream.url);
  const answer = await proxy.call('GET', 'a/tags/list');
  expect(answer.status).toBe(200);
  expect(((await answer.json()) as { tags: string[] }).tags).toHaveLength(200_001);
});

test('tags that never end are an error', async () => {
  const upstream = await startUpstream(
    (req, res) => void res.writeHead(200, { Link: `<${String(req.url)}>; rel="next"` }).end('{"tags":["a"]}'),
  );
  const proxy = await startProxy(upstream.url);
  expect((await proxy.call('GET', 'a/tags/list')).status).toBe(502);
});

test('referrers are those of the upstream, of its fallback tag, and else of the store', async () => {
  const { origin, upstream, proxy } = await start();
  const image = await pushImage(origin, 'a', 'v1');
  const subject = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: image.digest,
    size: image.content.length,
  };
  const note = await pushImage(origin, 'a', 'note', { subject, artifactType: 'text/note' });
  const list = async (query = '') => {
    const answer = await proxy.call('GET', `a/referrers/${image.digest}${query}`);
    return ((await answer.json()) as { manifests: { digest: string }[] }).manifests.map(
      ({ digest }) => digest,
    );
  };
  expect(await list()).toEqual([note.digest]);
  expect(await list('?artifactType=text/other')).toEqual([]);
  expect(await list('?artifactType=text/note')).toEqual([note.digest]);
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [{ ...subject, digest: note.digest, artifactType: 'text/note' }],
  });
  upstream.answer = (req, res) => {
    if (req.url?.includes('/referrers/') === true) res.writeHead(404).end();
    else if (req.url?.endsWith(image.digest.replace(':', '-')) === true) res.end(index);
    else res.writeHead(404).end();
  };
  expect(await list('?artifactType=text/note')).toEqual([note.digest]);
  upstream.answer = passTo(origin);
  await proxy.call('GET', 'a/manifests/note');
  await upstream.stop();
  expect(await list()).toEqual([note.digest]);
});

test('O25: a namespace that is the upstream is told back', async () => {
  const { origin, upstream, proxy } = await start();
  await pushImage(origin, 'a', 'v1');
  const host = new URL(upstream.url).host;
  const meant = await proxy.call('GET', `a/manifests/v1?ns=${host}`);
  expect(meant.headers.get('oci-namespace')).toBe(host);
  const other = await proxy.call('GET', 'a/manifests/v1?ns=example.com');
  expect([other.status, other.headers.get('oci-namespace')]).toEqual([200, null]);
});
