import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { testAccount } from '../../harness/client.js';
import { createContent, toBuffer } from '../../harness/content.js';
import { createImages, writeLayout } from '../../harness/images.js';
import { expectImages, topDigests } from '../../harness/layout-check.js';
import { tagDigest } from '../../harness/push-images.js';
import { MIB } from '../../harness/scale.js';
import type { RunningRegistry } from '../../harness/start-registry.js';
import { testRegistry } from '../../harness/start-registry.js';
import { sortFiles } from '../../harness/store-check.js';
import { startSwift } from '../../harness/swift-server.js';
import { useTool } from '../../harness/tool.js';
import { overSwift } from './swift-registry.js';

const images = createImages();

test('skopeo and oras push to a registry on Swift, and pull from Swift itself', async (context) => {
  const server = await startSwift(useTool(context, 'swift-server'));
  onTestFinished(() => server.stop());
  const container = await server.createStore();
  const registry = await testRegistry(overSwift(container, { redirectHosts: [new URL(server.url).host] }));
  for (const client of [skopeo, orasPy]) await client(context, registry);
  await new Journal().audit(registry);
  const names = await container.names();
  const { upload, ours } = sortFiles(
    names.flatMap((name) => (name.startsWith('files/') ? [name.slice('files/'.length)] : [])),
  );
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

async function orasPy(context: TestContext, { host }: RunningRegistry): Promise<void> {
  const tool = useTool(context, 'oras-py');
  const { home, run } = await testAccount();
  const big = toBuffer(createContent('oras', 5 * MIB));
  await writeFile(join(home, 'big'), big);
  await mkdir(join(home, 'folder'));
  await writeFile(join(home, 'folder', 'note'), 'a note');
  await run(tool, '--plain-http', 'push', `${host}/oras-py/files:v1`, 'big:application/x.big', 'folder');
  await run(tool, '--plain-http', 'push', `${host}/oras-py/files:v2`, 'big', '--chunk-size', '1500000');
  for (const tag of ['v1', 'v2']) {
    await run(tool, '--plain-http', 'pull', `${host}/oras-py/files:${tag}`, '--output', tag);
    expect(await readFile(join(home, tag, 'big'))).toEqual(big);
  }
  expect(await readFile(join(home, 'v1', 'folder', 'note'), 'utf8')).toBe('a note');
}
