import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testAccount } from '../harness/client.js';
import { createContent, toBuffer } from '../harness/content.js';
import { createImages, writeLayout } from '../harness/images.js';
import { expectImages } from '../harness/layout-check.js';
import { describeOnEachPlane } from '../harness/on-each-plane.js';
import { tagDigest } from '../harness/push-images.js';
import { MIB } from '../harness/scale.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { useTool } from '../harness/tool.js';

const images = createImages();

describeOnEachPlane('regctl', (current) => {
  test('copies a multi-arch image there, to another repository, and back', async (context) => {
    const { run, home } = await regctl(context, current());
    const { host } = current();
    await run('image', 'copy', 'ocidir://layout:multi', `${host}/regctl/multi:v1`);
    await run('image', 'copy', `${host}/regctl/multi:v1`, `${host}/regctl/mirror:v1`);
    expect(await tagDigest(current(), 'regctl/mirror', 'v1')).toBe(images.index.digest);
    await run('image', 'copy', `${host}/regctl/mirror:v1`, 'ocidir://back:v1');
    expect(await run('image', 'digest', 'ocidir://back:v1')).toBe(images.index.digest);
    await expectImages(join(home, 'back'), [images.amd64, images.arm64]);
  });

  test('makes an index of two images', async (context) => {
    const { run } = await regctl(context, current());
    const { host } = current();
    const name = `${host}/regctl/index`;
    for (const tag of ['amd64', 'arm64'])
      await run('image', 'copy', `ocidir://layout:${tag}`, `${name}:${tag}`);
    await run('index', 'create', '--ref', `${name}:amd64`, '--ref', `${name}:arm64`, `${name}:multi`);
    const digest = await tagDigest(current(), 'regctl/index', 'multi');
    expect(await run('image', 'digest', `${name}:multi`)).toBe(digest);
    expect(await run('image', 'digest', '--platform', 'linux/arm64', `${name}:multi`)).toBe(
      images.arm64.manifest.digest,
    );
    expect((await run('tag', 'ls', name)).split('\n')).toEqual(['amd64', 'arm64', 'multi']);
    await run('tag', 'rm', `${name}:arm64`);
    expect((await run('tag', 'ls', name)).split('\n')).toEqual(['amd64', 'multi']);
    // Only the tag: the index still has the manifest.
    expect(await run('manifest', 'head', `${name}@${images.arm64.manifest.digest}`)).toContain('sha256:');
  });

  test('puts referrers, lists them, and copies an image with them', async (context) => {
    const { run, home } = await regctl(context, current());
    const { host } = current();
    const [source, target] = [`${host}/regctl/subject:v1`, `${host}/regctl/referred:v1`];
    const type = 'application/vnd.example.sbom';
    await run('image', 'copy', 'ocidir://layout:multi', source);
    await writeFile(join(home, 'sbom'), 'a list of parts');
    await run('artifact', 'put', '--artifact-type', type, '--subject', source, '--file', 'sbom');
    expect(await run('artifact', 'list', '--format', '{{json .}}', source)).toContain(type);
    await run('image', 'copy', '--referrers', source, target);
    expect(await run('artifact', 'get', '--subject', target, '--filter-artifact-type', type)).toBe(
      'a list of parts',
    );
    // By the referrers API, not by the tags that stand in for it.
    expect(await run('tag', 'ls', `${host}/regctl/referred`)).toBe('v1');
  });

  test('pushes a blob in chunks', async (context) => {
    const { run, home } = await regctl(context, current());
    const { host } = current();
    await run(
      'registry',
      'set',
      '--blob-max',
      '1000000',
      '--blob-chunk',
      '500000',
      '--tls',
      'disabled',
      host,
    );
    const content = createContent('regctl chunks', 3 * MIB);
    await writeFile(join(home, 'big'), toBuffer(content));
    await run(
      'artifact',
      'put',
      '--artifact-type',
      'application/x.big',
      '--file',
      'big',
      '--file-title',
      `${host}/regctl/big:v1`,
    );
    await mkdir(join(home, 'out'));
    await run('artifact', 'get', '--output', 'out', `${host}/regctl/big:v1`);
    expect(await readFile(join(home, 'out', 'big'))).toEqual(toBuffer(content));
  });
});

async function regctl(context: Parameters<typeof useTool>[0], { host }: RunningRegistry) {
  const tool = useTool(context, 'regctl');
  const { home, run } = await testAccount();
  await writeLayout(join(home, 'layout'), images);
  await run(tool, 'registry', 'set', '--tls', 'disabled', host);
  return { home, run: (...args: string[]) => run(tool, ...args) };
}
