import { expect, onTestFinished, test } from 'vitest';
import type { S3Call } from '../../harness/fault-proxy.js';
import { startFaultProxy } from '../../harness/fault-proxy.js';
import { request } from '../../harness/http.js';
import { MANIFEST_TYPE } from '../../harness/images.js';
import { pushBytes, pushManifest, tagDigest } from '../../harness/push-images.js';
import type { RunningRegistry } from '../../harness/start-registry.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { expectStatus } from '../../harness/upload.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { overS3 } from './s3-registry.js';

test('beside another registry a delete of a tag, and of a manifest with three, copies nothing', async (context) => {
  const server = await startVersitygw(useTool(context, 'versitygw'));
  onTestFinished(() => server.stop());
  const proxy = await startFaultProxy(server.url);
  onTestFinished(() => proxy.stop());
  const bucket = await server.createStore();
  await testRegistry(overS3(bucket));
  const registry = await testRegistry(overS3(bucket, { url: proxy.url }));

  const requestsOf = async (name: string, reference: string) => {
    const before = proxy.calls.length;
    const url = `${registry.url}/v2/${name}/manifests/${reference}`;
    await expectStatus(202, request(url, { method: 'DELETE' }));
    return proxy.calls.slice(before).filter((call) => isAbout(call, name));
  };
  await pushTagged(registry, 'one/tag', ['a']);
  const revision = await pushTagged(registry, 'three/tags', ['a', 'b', 'c']);
  const kinds = {
    'a tag': countKinds(await requestsOf('one/tag', 'a')),
    'a manifest with three tags': countKinds(await requestsOf('three/tags', revision)),
  };
  console.log('requests of a delete beside another registry:', kinds);
  for (const counts of Object.values(kinds)) expect(counts).not.toHaveProperty('COPY');
  expect((await bucket.names()).filter((name) => name.includes('/_manifests/tags/'))).toEqual([]);
});

/** @returns the digest of a manifest that has these tags */
async function pushTagged(
  registry: RunningRegistry,
  name: string,
  tags: readonly [string, ...string[]],
): Promise<string> {
  const config = Buffer.from('{}');
  const digest = await pushBytes(registry.url, name, config);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
    layers: [],
  });
  for (const tag of tags) await pushManifest(registry.url, name, tag, MANIFEST_TYPE, manifest);
  return tagDigest(registry, name, tags[0]);
}

/** The keys of a delete of many are in its body. */
function isAbout({ key, query }: S3Call, name: string): boolean {
  const where = query.get('prefix') ?? key;
  return /\/(blobs|deleted)\//.test(where) || where.includes(`/${name}/`) || query.has('delete');
}

function countKinds(calls: readonly S3Call[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of calls.map(kindOf)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function kindOf({ method, query, headers }: S3Call): string {
  if (headers['x-amz-copy-source'] !== undefined) return 'COPY';
  if (query.has('list-type')) return 'LIST';
  return query.has('delete') ? 'DELETE' : method;
}
