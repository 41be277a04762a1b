import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { expect } from 'vitest';
import { testAccount } from '../harness/client.js';
import { createContent, toBuffer } from '../harness/content.js';
import { createImages, writeLayout } from '../harness/images.js';
import { expectImages, topDigests } from '../harness/layout-check.js';
import { tagDigest } from '../harness/push-images.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { useTool } from '../harness/tool.js';

const images = createImages();

/** Pushes an image for two platforms, and pulls it. */
export async function skopeo(
  context: TestContext,
  registry: Pick<RunningRegistry, 'url' | 'host'>,
): Promise<void> {
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

/** Pushes an image, and pulls it. */
export async function podman(context: TestContext, { host }: RunningRegistry): Promise<void> {
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

export interface OrasSizes {
  /** Of the file, in bytes. */
  readonly file: number;
  /** Of the chunks that it is pushed in the second time. */
  readonly chunk: number;
}

/** Pushes a file, once with a folder and once in chunks, and pulls both. */
export async function orasPy(
  context: TestContext,
  { host }: RunningRegistry,
  sizes: OrasSizes,
): Promise<void> {
  const tool = useTool(context, 'oras-py');
  const { home, run } = await testAccount();
  const big = toBuffer(createContent('oras', sizes.file));
  await writeFile(join(home, 'big'), big);
  await mkdir(join(home, 'folder'));
  await writeFile(join(home, 'folder', 'note'), 'a note');
  const push = (tag: string, ...args: string[]) =>
    run(tool, '--plain-http', 'push', `${host}/oras-py/files:${tag}`, ...args);
  await push('v1', 'big:application/x.big', 'folder');
  await push('v2', 'big', '--chunk-size', String(sizes.chunk));
  for (const tag of ['v1', 'v2']) {
    await run(tool, '--plain-http', 'pull', `${host}/oras-py/files:${tag}`, '--output', tag);
    expect(await readFile(join(home, tag, 'big'))).toEqual(big);
  }
  expect(await readFile(join(home, 'v1', 'folder', 'note'), 'utf8')).toBe('a note');
}
