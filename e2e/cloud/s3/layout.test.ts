import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { testAccount } from '../../harness/client.js';
import { createImages, writeLayout } from '../../harness/images.js';
import { expectImages } from '../../harness/layout-check.js';
import { startMoto } from '../../harness/moto-server.js';
import { pushImages, tagDigest } from '../../harness/push-images.js';
import type { S3Bucket } from '../../harness/s3-server.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { overS3 } from './s3-registry.js';

const images = createImages();

test('layouts in a bucket are served, and what is pushed is a layout there', async (context) => {
  const skopeo = useTool(context, 'skopeo');
  const server = await startMoto(useTool(context, 'moto-server'));
  onTestFinished(() => server.stop());
  const bucket = await server.createStore();
  const { home, run } = await testAccount();
  await writeLayout(join(home, 'layout'), images);
  const registry = await testRegistry({
    ...overS3(bucket),
    sections: { outrigger: { profile: 'strict', layout: 'oci' } },
  });
  await run(
    skopeo,
    'copy',
    '--dest-tls-verify=false',
    'oci:layout:amd64',
    `docker://${registry.host}/by/skopeo:v1`,
  );
  await pushImages(registry, 'by/tests', images);
  await download(bucket, join(home, 'bucket'));
  expect(await run(skopeo, 'inspect', '--format', '{{.Digest}}', 'oci:bucket/by/skopeo:v1')).toBe(
    await tagDigest(registry, 'by/skopeo', 'v1'),
  );
  await expectImages(join(home, 'bucket', 'by', 'tests'), [images.amd64, images.arm64]);
  const names = (await bucket.names()).filter((name) => !name.startsWith('_outrigger/'));
  expect(
    names.every((name) => /^by\/\w+\/(oci-layout|index\.json|blobs\/sha256\/[0-9a-f]{64})$/.test(name)),
  ).toBe(true);
  await run(
    skopeo,
    'copy',
    '--src-tls-verify=false',
    `docker://${registry.host}/by/tests:arm64`,
    'oci:back:v1',
  );
  await expectImages(join(home, 'back'), [images.arm64]);
});

async function download(bucket: S3Bucket, directory: string): Promise<void> {
  for (const key of await bucket.names()) {
    const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
    const file = join(directory, key);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, (await Body?.transformToByteArray()) ?? '');
  }
}
