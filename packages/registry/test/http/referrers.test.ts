import { describe, expect, test } from 'vitest';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_INDEX,
  OCI_MANIFEST,
  digestOf,
  errorCode,
  header,
  makeImage,
  pushImage,
  putManifest,
  startRegistry,
} from '../registry-fixture.js';

interface Index {
  schemaVersion: number;
  mediaType: string;
  manifests: {
    digest: string;
    size: number;
    mediaType: string;
    artifactType?: string;
    annotations?: unknown;
  }[];
}

async function referrers(registry: TestRegistry, path: string): Promise<Index> {
  const answer = await registry.call('GET', path);
  expect(answer.status).toBe(200);
  expect(header(answer, 'content-type')).toBe(OCI_INDEX);
  const index = (await answer.json()) as Index;
  expect(index).toMatchObject({ schemaVersion: 2, mediaType: OCI_INDEX });
  return index;
}

function subjectOf(content: Buffer | string, mediaType = OCI_MANIFEST): object {
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) };
}

describe('referrers (end-12)', () => {
  test('a subject is acknowledged, before and after it exists', async () => {
    const registry = await startRegistry();
    const image = await makeImage(registry, 'a');
    const artifact = await makeImage(registry, 'a', {
      subject: subjectOf(image),
      artifactType: 'application/x.sig',
    });
    const put = await putManifest(registry, 'a', digestOf(artifact), artifact);
    expect(put.status).toBe(201);
    expect(header(put, 'oci-subject')).toBe(digestOf(image));
    await putManifest(registry, 'a', 'v1', image);
    const { manifests } = await referrers(registry, `a/referrers/${digestOf(image)}`);
    expect(manifests).toEqual([
      {
        mediaType: OCI_MANIFEST,
        digest: digestOf(artifact),
        size: artifact.length,
        artifactType: 'application/x.sig',
      },
    ]);
  });

  test('artifact types and annotations come from the manifest', async () => {
    const registry = await startRegistry();
    const { content } = await pushImage(registry, 'a', 'v1');
    const subject = subjectOf(content);
    const annotations = { 'org.example': 'yes', __proto__x: 'kept' };
    const plain = await pushImage(registry, 'a', 'plain', { subject, annotations });
    const emptyType = await pushImage(registry, 'a', 'empty', { subject, artifactType: '' });
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], subject });
    const typed = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [],
      subject,
      artifactType: 'a/b',
    });
    for (const [tag, each] of [
      ['index', index],
      ['typed', typed],
    ] as const) {
      const put = await putManifest(registry, 'a', tag, each, OCI_INDEX);
      expect(header(put, 'oci-subject')).toBe(digestOf(content));
    }
    const { manifests } = await referrers(registry, `a/referrers/${digestOf(content)}`);
    const config = 'application/vnd.oci.image.config.v1+json';
    const byDigest = new Map(manifests.map((each) => [each.digest, each]));
    expect(manifests.map(({ digest }) => digest)).toEqual([...byDigest.keys()].sort());
    expect(byDigest.get(plain.digest)).toMatchObject({ artifactType: config, annotations });
    expect(byDigest.get(emptyType.digest)?.artifactType).toBe(config);
    expect(byDigest.get(digestOf(index))).not.toHaveProperty('artifactType');
    expect(byDigest.get(digestOf(typed))).toMatchObject({ artifactType: 'a/b', mediaType: OCI_INDEX });
  });

  test('a filter is applied and said', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    const subject = subjectOf(content);
    const wanted = await pushImage(registry, 'a', 's', { subject, artifactType: 'application/sig+json' });
    await pushImage(registry, 'a', 't', { subject, artifactType: 'application/sbom' });
    const path = `a/referrers/${digest}?artifactType=${encodeURIComponent('application/sig+json')}`;
    const answer = await registry.call('GET', path);
    expect(header(answer, 'oci-filters-applied')).toBe('artifactType');
    expect(((await answer.json()) as Index).manifests.map((each) => each.digest)).toEqual([wanted.digest]);
    const all = await registry.call('GET', `a/referrers/${digest}`);
    expect(all.headers.get('oci-filters-applied')).toBeNull();
    expect((await referrers(registry, `a/referrers/${digest}?artifactType=none`)).manifests).toEqual([]);
  });

  test('never 404: an empty list for what nothing refers to, 400 for no digest', async () => {
    const registry = await startRegistry();
    expect((await referrers(registry, `no/such/referrers/${digestOf('x')}`)).manifests).toEqual([]);
    expect((await referrers(registry, `no/such/referrers/${digestOf('x', 'sha512')}`)).manifests).toEqual([]);
    for (const bad of ['latest', 'sha256:abc', 'md5:d41d8cd98f00b204e9800998ecf8427e']) {
      const answer = await registry.call('GET', `a/referrers/${bad}`);
      expect(answer.status).toBe(400);
      expect(await errorCode(answer)).toBe('DIGEST_INVALID');
    }
  });

  test('a deleted referrer is gone; its subject may go first', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    const artifact = await pushImage(registry, 'a', 's', { subject: subjectOf(content) });
    await registry.call('DELETE', `a/manifests/${digest}`);
    expect((await referrers(registry, `a/referrers/${digest}`)).manifests).toHaveLength(1);
    await registry.call('DELETE', `a/manifests/${artifact.digest}`);
    expect((await referrers(registry, `a/referrers/${digest}`)).manifests).toEqual([]);
  });

  test('a referrer that another registry deleted is left out', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    const artifact = await pushImage(registry, 'a', 's', { subject: subjectOf(content) });
    const hex = artifact.digest.slice(7);
    await registry.driver.delete(`/docker/registry/v2/repositories/a/_manifests/revisions/sha256/${hex}`);
    expect((await referrers(registry, `a/referrers/${digest}`)).manifests).toEqual([]);
  });

  test('are of one repository', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    await pushImage(registry, 'b', 's', { subject: subjectOf(content) });
    expect((await referrers(registry, `a/referrers/${digest}`)).manifests).toEqual([]);
    expect((await referrers(registry, `b/referrers/${digest}`)).manifests).toHaveLength(1);
  });
});

describe('the fallback tag', () => {
  test('is merged, for what is there and really refers to the subject', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    const subject = subjectOf(content);
    const filed = await pushImage(registry, 'a', 'filed', { subject });
    const before = await pushImage(registry, 'a', 'before', { subject, artifactType: 'application/old' });
    const stranger = await pushImage(registry, 'a', 'stranger');
    // As if it had been pushed to a registry without referrers.
    await registry.driver.delete('/docker/registry/v2/repositories/a/_outrigger');
    await putManifest(registry, 'a', 'filed', filed.content);
    const claims = [filed, before, stranger].map((each) => ({
      mediaType: OCI_MANIFEST,
      digest: each.digest,
      size: each.content.length,
      artifactType: 'application/claimed',
    }));
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: claims });
    const put = await putManifest(registry, 'a', digest.replace(':', '-'), index, OCI_INDEX);
    expect(put.status).toBe(201);
    const { manifests } = await referrers(registry, `a/referrers/${digest}`);
    expect(manifests.map((each) => each.digest)).toEqual([filed.digest, before.digest].sort());
    expect(manifests.find((each) => each.digest === before.digest)?.artifactType).toBe('application/old');
    await registry.call('DELETE', `a/manifests/${before.digest}`);
    expect((await referrers(registry, `a/referrers/${digest}`)).manifests).toHaveLength(1);
  });

  test('that is no index adds nothing', async () => {
    const registry = await startRegistry();
    const { content, digest } = await pushImage(registry, 'a', 'v1');
    await putManifest(registry, 'a', digest.replace(':', '-'), content);
    expect((await referrers(registry, `a/referrers/${digest}`)).manifests).toEqual([]);
  });
});

test('a long list comes in pages that name each referrer once', async () => {
  const registry = await startRegistry();
  const { content, digest } = await pushImage(registry, 'a', 'v1');
  const subject = subjectOf(content);
  const filler = 'x'.repeat(900_000);
  const pushed = new Set<string>();
  for (let count = 0; count < 8; count++) {
    const index = JSON.stringify({
      ...{ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], subject },
      annotations: { filler, count: String(count) },
    });
    await putManifest(registry, 'a', `r${count}`, index, OCI_INDEX);
    pushed.add(digestOf(index));
  }
  const seen: string[] = [];
  let pages = 0;
  for (let path: string | undefined = `a/referrers/${digest}`; path !== undefined; pages++) {
    const answer = await registry.call('GET', path);
    const text = await answer.text();
    expect(text.length).toBeLessThan(4 * 1024 * 1024);
    seen.push(...(JSON.parse(text) as Index).manifests.map((each) => each.digest));
    path = /^<\/v2\/(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  expect(pages).toBe(3);
  expect(seen).toEqual([...pushed].sort());
});
