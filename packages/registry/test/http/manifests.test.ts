import { MAX_PUT_SIZE } from '@outrigger/driver';
import { describe, expect, test } from 'vitest';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  bytes,
  digestOf,
  errorCode,
  header,
  listPaths,
  makeImage,
  pushBlob,
  pushImage,
  putManifest,
  sendRaw,
  startRegistry,
} from '../registry-fixture.js';

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

describe('push and pull (end-3, end-7)', () => {
  test('by tag and by digest, the exact bytes', async () => {
    const registry = await startRegistry();
    const image = await makeImage(registry, 'a/b', { note: '  spaces and "order" stay  ' });
    const content = Buffer.concat([image, Buffer.from('\n\n')]);
    const digest = digestOf(content);
    const put = await putManifest(registry, 'a/b', 'latest', content);
    expect(put.status).toBe(201);
    expect(header(put, 'location')).toBe(`${registry.origin}/v2/a/b/manifests/${digest}`);
    expect(header(put, 'docker-content-digest')).toBe(digest);
    expect(put.headers.get('oci-subject')).toBeNull();
    for (const reference of ['latest', digest]) {
      const get = await registry.call('GET', `a/b/manifests/${reference}`, {
        headers: { Accept: 'text/plain' },
      });
      expect(get.status).toBe(200);
      expect(Buffer.from(await get.arrayBuffer()).equals(content)).toBe(true);
      expect(header(get, 'content-type')).toBe(OCI_MANIFEST);
      expect(header(get, 'docker-content-digest')).toBe(digest);
      const head = await registry.call('HEAD', `a/b/manifests/${reference}`);
      expect(head.status).toBe(200);
      expect(header(head, 'content-length')).toBe(String(content.length));
      expect(header(head, 'content-type')).toBe(OCI_MANIFEST);
      const headers = { 'If-None-Match': header(get, 'etag') };
      expect((await registry.call('GET', `a/b/manifests/${reference}`, { headers })).status).toBe(304);
    }
  });

  test("writes Distribution's files and nothing else", async () => {
    const registry = await startRegistry();
    const content = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
    await putManifest(registry, 'a', 'v1', content, OCI_INDEX);
    const hex = digestOf(content).slice(7);
    const manifests = '/docker/registry/v2/repositories/a/_manifests';
    const links = [
      `${manifests}/revisions/sha256/${hex}/link`,
      `${manifests}/tags/v1/current/link`,
      `${manifests}/tags/v1/index/sha256/${hex}/link`,
    ];
    const paths = await listPaths(registry.driver);
    expect(paths.sort()).toEqual([
      `/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`,
      ...links,
    ]);
    for (const link of links) {
      expect(Buffer.from(await registry.driver.get(link)).toString()).toBe(`sha256:${hex}`);
    }
  });

  test('by a sha512 digest, under its own algorithm', async () => {
    const registry = await startRegistry();
    const content = await makeImage(registry, 'a');
    const digest = digestOf(content, 'sha512');
    const put = await putManifest(registry, 'a', `${digest}?tag=v1`, content);
    expect(header(put, 'docker-content-digest')).toBe(digest);
    const get = await registry.call('GET', 'a/manifests/v1');
    expect(header(get, 'docker-content-digest')).toBe(digest);
    expect((await registry.call('GET', `a/manifests/${digestOf(content)}`)).status).toBe(404);
  });

  test('with tags in the query (end-7b)', async () => {
    const registry = await startRegistry();
    const content = await makeImage(registry, 'a');
    const tags = Array.from({ length: 12 }, (_, index) => `v${index}`);
    const query = tags.map((tag) => `tag=${tag}`).join('&');
    const put = await putManifest(registry, 'a', `${digestOf(content)}?${query}`, content);
    expect(header(put, 'oci-tag').split(', ')).toEqual(tags);
    for (const tag of tags) expect((await registry.call('HEAD', `a/manifests/${tag}`)).status).toBe(200);
    const bad = await putManifest(registry, 'a', `${digestOf(content)}?tag=.bad`, content);
    expect(await errorCode(bad)).toBe('MANIFEST_INVALID');
    const many = Array.from({ length: 101 }, (_, index) => `tag=m${index}`).join('&');
    expect((await putManifest(registry, 'a', `${digestOf(content)}?${many}`, content)).status).toBe(414);
  });

  test('of docker types', async () => {
    const registry = await startRegistry();
    const content = await makeImage(registry, 'a', { mediaType: DOCKER_MANIFEST });
    expect((await putManifest(registry, 'a', 'v1', content, DOCKER_MANIFEST)).status).toBe(201);
    const child = { mediaType: DOCKER_MANIFEST, digest: digestOf(content), size: content.length };
    const list = JSON.stringify({ schemaVersion: 2, mediaType: DOCKER_LIST, manifests: [child] });
    expect((await putManifest(registry, 'a', 'list', list, DOCKER_LIST)).status).toBe(201);
    expect(header(await registry.call('GET', 'a/manifests/list'), 'content-type')).toBe(DOCKER_LIST);
    expect(header(await registry.call('GET', 'a/manifests/v1'), 'content-type')).toBe(DOCKER_MANIFEST);
  });

  test('of what the specification allows (O23)', async () => {
    const registry = await startRegistry();
    const config = await pushBlob(registry, 'a', Buffer.from('{}'));
    const empty = await pushBlob(registry, 'a', Buffer.alloc(0));
    const base = {
      schemaVersion: 2,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: config, size: 2, data: 'e30=' },
      layers: [] as unknown[],
    };
    const layer = { mediaType: 'application/octet-stream', digest: empty, size: 0 };
    const foreign = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      digest: digestOf('far away'),
      size: 8,
      urls: ['https://elsewhere.example/layer'],
    };
    const all = [
      base,
      { ...base, mediaType: OCI_MANIFEST, artifactType: 'application/vnd.example' },
      { ...base, layers: [layer, layer] },
      { ...base, layers: [foreign] },
      { ...base, layers: null },
      {
        ...base,
        'org.example.custom': { any: ['thing', 1e3, null] },
        annotations: { __proto__x: 'y', 'a.b': '' },
      },
    ];
    for (const [index, fields] of all.entries()) {
      const put = await putManifest(registry, 'a', `m${index}`, JSON.stringify(fields));
      expect([index, put.status]).toEqual([index, 201]);
    }
    const child = {
      mediaType: OCI_MANIFEST,
      digest: digestOf(JSON.stringify(base)),
      size: JSON.stringify(base).length,
    };
    const inner = JSON.stringify({ schemaVersion: 2, manifests: [child] });
    expect((await putManifest(registry, 'a', 'inner', inner, OCI_INDEX)).status).toBe(201);
    const nested = { mediaType: OCI_INDEX, digest: digestOf(inner), size: inner.length };
    const outer = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [nested, child] });
    expect((await putManifest(registry, 'a', 'outer', outer, OCI_INDEX)).status).toBe(201);
    expect(header(await registry.call('GET', 'a/manifests/inner'), 'content-type')).toBe(OCI_INDEX);
  });

  test('parameters of the Content-Type are ignored', async () => {
    const registry = await startRegistry();
    const content = await makeImage(registry, 'a');
    expect((await putManifest(registry, 'a', 'v1', content, `${OCI_MANIFEST}; charset=utf-8`)).status).toBe(
      201,
    );
    expect(header(await registry.call('GET', 'a/manifests/v1'), 'content-type')).toBe(OCI_MANIFEST);
  });

  test('a manifest belongs to its repository alone', async () => {
    const registry = await startRegistry();
    const { digest } = await pushImage(registry, 'a', 'v1');
    const get = await registry.call('GET', `b/manifests/${digest}`);
    expect(get.status).toBe(404);
    expect(await errorCode(get)).toBe('MANIFEST_UNKNOWN');
  });

  test('the digest of a layer is none, however large the layer is', async () => {
    const registry = await startRegistry();
    const digest = await pushBlob(registry, 'a', bytes(MAX_PUT_SIZE + 1));
    const answer = await registry.call('GET', `a/manifests/${digest}`);
    expect(answer.status).toBe(404);
    expect(await errorCode(answer)).toBe('MANIFEST_UNKNOWN');
  });

  test('a schema1 manifest of an old store is served', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    expect(content.length).toBeGreaterThan(0);
    const old = Buffer.from('{"schemaVersion":1,"name":"a","tag":"old","fsLayers":[],"signatures":[]}');
    const hex = digestOf(old).slice(7);
    const root = '/docker/registry/v2';
    await registry.driver.put(`${root}/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, old);
    const link = `${root}/repositories/a/_manifests/revisions/sha256/${hex}/link`;
    await registry.driver.put(link, Buffer.from(`sha256:${hex}`));
    const get = await registry.call('GET', `a/manifests/sha256:${hex}`);
    expect(header(get, 'content-type')).toBe('application/vnd.docker.distribution.manifest.v1+prettyjws');
    expect(digest).not.toBe(digestOf(old));
  });
});

describe('what is refused (B09, B10, B11)', () => {
  const descriptor = { mediaType: 'application/x', digest: digestOf('x'), size: 1 };
  const image = { schemaVersion: 2, config: descriptor, layers: [] };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] };
  const text = (value: unknown): string => JSON.stringify(value);
  const withSize = (size: string): string => text(image).replace('"size":1', `"size":${size}`);
  const table: [string, string | Buffer, string?][] = [
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['null', 'null'],
    ['garbage behind it', `${text(image)}x`],
    ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text(image))])],
    ['bad UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])],
    ['65 levels', `${'{"a":'.repeat(64)}[]${'}'.repeat(64)}`],
    ['a bomb of brackets', '['.repeat(1_000_000)],
    ['a key given twice', '{"schemaVersion":2,"schemaVersion":2}'],
    ['a key given twice, escaped', '{"layers":[],"\\u006cayers":[]}'],
    ['schemaVersion 1', text({ ...image, schemaVersion: 1 })],
    ['a schemaVersion that is a string', text({ ...image, schemaVersion: '2' })],
    ['no config', text({ schemaVersion: 2, mediaType: OCI_MANIFEST, layers: [] })],
    ['no layers', text({ schemaVersion: 2, config: descriptor })],
    ['layers that are no list', text({ ...image, layers: {} })],
    ['a descriptor without a digest', text({ ...image, config: { mediaType: 'a/b', size: 1 } })],
    [
      'a digest of no known algorithm',
      text({ ...image, config: { ...descriptor, digest: `md5:${'0'.repeat(32)}` } }),
    ],
    ['a digest that is a path', text({ ...image, config: { ...descriptor, digest: 'sha256:../../../etc' } })],
    ['a size of -1', withSize('-1')],
    ['a size of 1.5', withSize('1.5')],
    ['a size above 2^53', withSize('9007199254740993')],
    ['an infinite size', withSize('1e400')],
    ['a size that is a string', withSize('"1"')],
    [
      'a media type with control characters',
      text({ ...image, config: { ...descriptor, mediaType: 'a/b\r\nX: y' } }),
    ],
    ['manifests in an image', text({ ...image, manifests: [] })],
    ['manifests in an image that says so', text({ ...image, mediaType: OCI_MANIFEST, manifests: [] })],
    ['layers in an index', text({ ...index, layers: [] }), OCI_INDEX],
    ['a config in an index', text({ ...index, config: descriptor }), OCI_INDEX],
    ['an index as an image', text(index)],
    ['an image as an index', text(image), OCI_INDEX],
    ['another media type than the Content-Type', text({ ...image, mediaType: DOCKER_MANIFEST })],
    ['a media type of no manifest', text({ ...image, mediaType: 'text/plain' }), 'text/plain'],
    ['annotations that are no strings', text({ ...image, annotations: { a: 1 } })],
    ['a subject that is no descriptor', text({ ...image, subject: 'x' })],
    ['an artifactType that is no string', text({ ...image, artifactType: {} })],
    ['an empty object', '{}'],
    ['"__proto__" as an object', '{"__proto__":{"schemaVersion":2}}'],
  ];
  test.each(table)('%s', async (_, content, mediaType) => {
    const registry = await startRegistry();
    await pushBlob(registry, 'a', Buffer.from('x'));
    const put = await putManifest(registry, 'a', 'v1', content, mediaType);
    expect(put.status).toBe(400);
    expect(await errorCode(put)).toBe('MANIFEST_INVALID');
    expect((await listPaths(registry.driver)).filter((path) => path.includes('_manifests'))).toEqual([]);
    expect(({} as Record<string, unknown>).schemaVersion).toBeUndefined();
  });

  test('a missing blob, child or repository: MANIFEST_BLOB_UNKNOWN', async () => {
    const registry = await startRegistry();
    const content = await makeImage(registry, 'a');
    const child = { mediaType: OCI_MANIFEST, digest: digestOf('none'), size: 4 };
    for (const put of [
      await putManifest(registry, 'b', 'v1', content),
      await putManifest(registry, 'a', 'v1', text(image)),
      await putManifest(registry, 'a', 'v1', text({ ...index, manifests: [child] }), OCI_INDEX),
    ]) {
      expect(put.status).toBe(404);
      expect(await errorCode(put)).toBe('MANIFEST_BLOB_UNKNOWN');
    }
  });

  test('they are taken where the option says so', async () => {
    const registry = await startRegistry({ references: 'blobs' });
    const child = { mediaType: OCI_MANIFEST, digest: digestOf('none'), size: 4 };
    const sparse = text({ ...index, manifests: [child] });
    expect((await putManifest(registry, 'a', 'v1', sparse, OCI_INDEX)).status).toBe(201);
    expect((await putManifest(registry, 'a', 'v2', text(image))).status).toBe(404);
    const none = await startRegistry({ references: 'none' });
    expect((await putManifest(none, 'a', 'v2', text(image))).status).toBe(201);
  });

  test('a size that is not the blob', async () => {
    const registry = await startRegistry();
    await pushBlob(registry, 'a', Buffer.from('x'));
    const put = await putManifest(registry, 'a', 'v1', withSize('2'));
    expect(await errorCode(put)).toBe('MANIFEST_INVALID');
  });

  test('a wrong digest', async () => {
    const registry = await startRegistry();
    const content = await makeImage(registry, 'a');
    const put = await putManifest(registry, 'a', digestOf('other'), content);
    expect(await errorCode(put)).toBe('DIGEST_INVALID');
    expect((await putManifest(registry, 'a', 'sha256:bad', content)).status).toBe(400);
  });

  test('too much (S01): 413, by its Content-Length or on the way', async () => {
    const registry = await startRegistry({ manifestLimit: 100_000 });
    const put = await putManifest(registry, 'a', 'v1', bytes(100_001));
    expect(put.status).toBe(413);
    expect(await errorCode(put)).toBe('MANIFEST_INVALID');
    const chunk = `${(65_536).toString(16)}\r\n${'['.repeat(65_536)}\r\n`;
    const answer = await sendRaw(
      registry.port,
      `PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`,
    );
    expect(answer).toContain('413 Payload Too Large');
  });

  test('4 MiB are taken', async () => {
    const registry = await startRegistry();
    const filler = 'x'.repeat(4 * 1024 * 1024 - (await makeImage(registry, 'a', { filler: '' })).length);
    const content = await makeImage(registry, 'a', { filler });
    expect(content.length).toBe(4 * 1024 * 1024);
    expect((await putManifest(registry, 'a', 'v1', content)).status).toBe(201);
  });
});

test('a limit above what a driver can store is refused at the start', async () => {
  await expect(startRegistry({ manifestLimit: MAX_PUT_SIZE + 1 })).rejects.toThrow('manifestLimit');
});

describe('delete (end-9)', () => {
  test('of a tag leaves the manifest', async () => {
    const registry = await startRegistry();
    const { digest } = await pushImage(registry, 'a', 'v1');
    expect((await registry.call('DELETE', 'a/manifests/v1')).status).toBe(202);
    expect((await registry.call('GET', 'a/manifests/v1')).status).toBe(404);
    expect((await registry.call('GET', `a/manifests/${digest}`)).status).toBe(200);
    const again = await registry.call('DELETE', 'a/manifests/v1');
    expect(again.status).toBe(404);
    expect(await errorCode(again)).toBe('MANIFEST_UNKNOWN');
  });

  test('of a manifest takes all tags that name it, and no other', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    await putManifest(registry, 'a', 'latest', content);
    await putManifest(registry, 'a', 'moved', content);
    const other = await pushImage(registry, 'a', 'moved');
    expect((await registry.call('DELETE', `a/manifests/${digest}`)).status).toBe(202);
    for (const reference of ['v1', 'latest', digest]) {
      expect((await registry.call('GET', `a/manifests/${reference}`)).status).toBe(404);
    }
    expect(header(await registry.call('HEAD', 'a/manifests/moved'), 'docker-content-digest')).toBe(
      other.digest,
    );
    expect((await registry.call('DELETE', `a/manifests/${digest}`)).status).toBe(404);
    expect(await (await registry.call('GET', 'a/tags/list')).json()).toEqual({ name: 'a', tags: ['moved'] });
  });

  test('is refused where deleting is disabled, of tags too', async () => {
    const registry = await startRegistry({ deleteEnabled: false });
    const { digest } = await pushImage(registry, 'a', 'v1');
    for (const reference of ['v1', digest]) {
      const answer = await registry.call('DELETE', `a/manifests/${reference}`);
      expect(answer.status).toBe(405);
      expect(await errorCode(answer)).toBe('UNSUPPORTED');
    }
  });

  test('and push of one manifest at the same time never leave a tag without it', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    for (let round = 0; round < 20; round++) {
      await Promise.all([
        registry.call('DELETE', `a/manifests/${digest}`),
        putManifest(registry, 'a', 'v1', content),
        putManifest(registry, 'a', 'v2', content),
      ]);
      const { tags } = (await (await registry.call('GET', 'a/tags/list')).json()) as { tags: string[] };
      for (const tag of tags) expect((await registry.call('GET', `a/manifests/${tag}`)).status).toBe(200);
    }
  });
});

test('a manifest that has rotted is not served, and a push heals it', async () => {
  const registry = await startRegistry();
  const { content, digest } = await pushImage(registry, 'a', 'v1');
  const hex = digest.slice(7);
  const path = `/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
  await registry.driver.put(path, Buffer.from(content.toString().replace('schemaVersion', 'schemaversion')));
  const restarted = await startRegistry({ driver: registry.driver });
  expect((await restarted.call('GET', 'a/manifests/v1')).status).toBe(404);
  expect(restarted.lines).toContain('error stored content does not match its digest');
  expect((await putManifest(restarted, 'a', 'v1', content)).status).toBe(201);
  expect(Buffer.from(await registry.driver.get(path)).equals(content)).toBe(true);
});
