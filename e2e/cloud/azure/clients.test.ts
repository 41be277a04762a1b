import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { startAzurite } from '../../harness/azurite-server.js';
import { testAccount } from '../../harness/client.js';
import { createContent, toBuffer } from '../../harness/content.js';
import { createImages, writeLayout } from '../../harness/images.js';
import { expectImages, topDigests } from '../../harness/layout-check.js';
import { tagDigest } from '../../harness/push-images.js';
import { MIB } from '../../harness/scale.js';
import type { RunningRegistry } from '../../harness/start-registry.js';
import { testRegistry } from '../../harness/start-registry.js';
import { sortFiles } from '../../harness/store-check.js';
import { useTool } from '../../harness/tool.js';
import { overAzure } from './azure-registry.js';

const images = createImages();

test('skopeo, podman and oras push to a registry on azurite, and pull by signed URLs', async (context) => {
  const server = await startAzurite(useTool(context, 'azurite-blob'));
  onTestFinished(() => server.stop());
  const container = await server.createStore();
  const registry = await testRegistry(overAzure(container, { redirectHosts: [new URL(server.url).host] }));
  await skopeo(context, registry);
  await podman(context, registry);
  await orasPy(context, registry);
  await new Journal().audit(registry);
  const { upload, ours } = sortFiles(await container.names());
  expect(upload).toEqual([]);
  expect(ours.filter((key) => key.includes('_outrigger-uploads/'))).toEqual([]);
});

async function skopeo(context: TestContext, registry: RunningRegistry): Promise<void> {
  const tool = useTool(context, 'skopeo');
  const { home, run } = await testAccount();
  await writeLayout(join(home, 'layout'), images);
  const copy = (...args: string[]) => run(tool, 'copy', '--all', '--preserve-digests', ...args);
  const image = `docker://${registry.host}/skopeo/multi:v1`;
  await copy('--dest-tls-verify=false', 'oci:layout:multi', image);
  expect(await tagDigest(registry, 'skopeo/multi', 'v1')).toBe(images.index.digest);
  await copy('--src-tls-verify=false', image, 'oci:back:multi');
  expect(await topDigests(join(home, 'back'))).toEqual([images.index.digest]);
  await expectImages(join(home, 'back'), [images.amd64, images.arm64]);
}

async function podman(context: TestContext, { host }: RunningRegistry): Promise<void> {
  const tool = useTool(context, 'podman');
  const { home, run: runTool } = await testAccount();
  await writeLayout(join(home, 'layout'), images);
  const storage = ['--storage-driver', 'vfs', '--root', join(home, 'root'), '--runroot', join(home, 'run')];
  const run = (...args: string[]) => runTool(tool, ...storage, ...args);
  const id = await run('pull', '--quiet', 'oci:layout:amd64');
  await run('push', '--tls-verify=false', id, `${host}/podman/one:v1`);
  await run('rmi', '-af');
  // The id is the digest of the configuration, which has those of the layers before compression, and podman checks both.
  expect(await run('pull', '--quiet', '--tls-verify=false', `${host}/podman/one:v1`)).toBe(id);
}

async function orasPy(context: TestContext, { host }: RunningRegistry): Promise<void> {
  const tool = useTool(context, 'oras-py');
  const { home, run } = await testAccount();
  const big = toBuffer(createContent('oras', 12 * MIB));
  await writeFile(join(home, 'big'), big);
  await mkdir(join(home, 'folder'));
  await writeFile(join(home, 'folder', 'note'), 'a note');
  await run(tool, '--plain-http', 'push', `${host}/oras-py/files:v1`, 'big:application/x.big', 'folder');
  await run(tool, '--plain-http', 'push', `${host}/oras-py/files:v2`, 'big', '--chunk-size', '4000000');
  for (const tag of ['v1', 'v2']) {
    await run(tool, '--plain-http', 'pull', `${host}/oras-py/files:${tag}`, '--output', tag);
    expect(await readFile(join(home, tag, 'big'))).toEqual(big);
  }
  expect(await readFile(join(home, 'v1', 'folder', 'note'), 'utf8')).toBe('a note');
}
