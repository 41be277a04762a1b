import { describe, expect, test } from 'vitest';
import { createUrlRules } from '../../src/index.js';
import {
  OCI_INDEX,
  bytes,
  digestOf,
  errorCode,
  makeImage,
  pushImage,
  putManifest,
  startRegistry,
} from '../registry-fixture.js';

const LAYERS = [
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
];

describe('URLs in manifests', () => {
  async function withRules() {
    const urlRules = await createUrlRules({ allow: ['^https://good\\.example/'], deny: [] });
    const registry = await startRegistry({ urlRules });
    const base = JSON.parse((await makeImage(registry, 'r')).toString()) as { layers: { size: number }[] };
    const push = async (layer: Record<string, unknown>) =>
      putManifest(
        registry,
        'r',
        'v1',
        JSON.stringify({ ...base, layers: [{ ...base.layers[0], ...layer }] }),
      );
    return push;
  }

  test.each(LAYERS)('are checked in layers: %s', async (mediaType) => {
    const push = await withRules();
    expect((await push({ mediaType })).status).toBe(201);
    expect((await push({ mediaType, urls: ['https://good.example/x'] })).status).toBe(201);
    const refused = await push({ mediaType, urls: ['https://good.example/x', 'https://bad.example/x'] });
    expect(refused.status).toBe(400);
    expect(await errorCode(refused)).toBe('MANIFEST_INVALID');
  });

  test('of what is no layer are its own affair, as in Distribution', async () => {
    const push = await withRules();
    const answer = await push({ mediaType: 'application/vnd.example.sbom', urls: ['https://bad.example/x'] });
    expect(answer.status).toBe(201);
  });

  test.each([
    { urls: 'https://good.example/' },
    { urls: [1] },
    { urls: {} },
    { platform: [] },
    { platform: { os: 1 } },
  ])('that are not of the right type are refused: %j', async (fields) => {
    const push = await withRules();
    const answer = await push(fields);
    expect(answer.status).toBe(400);
    expect(await errorCode(answer)).toBe('MANIFEST_INVALID');
  });
});

describe('the children of an index', () => {
  const missing = (platform?: Record<string, string>) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digestOf(bytes(8)),
    size: 8,
    platform,
  });
  const index = (...manifests: unknown[]) =>
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });

  test('may be absent for platforms that are not listed', async () => {
    const registry = await startRegistry({
      references: { platforms: [{ architecture: 'amd64', os: 'linux' }] },
    });
    const { digest, content } = await pushImage(registry, 'r', 'v1');
    const there = { ...missing({ architecture: 'amd64', os: 'linux' }), digest, size: content.length };
    const push = (content: string) => putManifest(registry, 'r', 'index', content, OCI_INDEX);
    expect(
      (await push(index(there, missing({ architecture: 'arm64', os: 'linux' }), missing()))).status,
    ).toBe(201);
    const refused = await push(index(there, missing({ architecture: 'amd64', os: 'linux' })));
    expect(refused.status).toBe(404);
    expect(await errorCode(refused)).toBe('MANIFEST_BLOB_UNKNOWN');
  });

  test.each(['blobs', 'none'] as const)('may be absent: %s', async (references) => {
    const registry = await startRegistry({ references });
    const answer = await putManifest(registry, 'r', 'index', index(missing()), OCI_INDEX);
    expect(answer.status).toBe(201);
    expect((await registry.call('GET', 'r/manifests/index')).status).toBe(200);
  });
});
