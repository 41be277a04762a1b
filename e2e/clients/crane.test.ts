import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { testAccount } from '../harness/client.js';
import { createContent, sha256, toBuffer } from '../harness/content.js';
import { createImages } from '../harness/images.js';
import { expectImages, topDigests } from '../harness/layout-check.js';
import { describeOnEachPlane } from '../harness/on-each-plane.js';
import { pushImages, tagDigest } from '../harness/push-images.js';
import { MIB } from '../harness/scale.js';
import { tar } from '../harness/tar.js';
import { useTool } from '../harness/tool.js';

const images = createImages();

describeOnEachPlane('crane', (current) => {
  test('pushes a multi-layer image, pulls it, and finds every blob valid', async (context) => {
    const { run, home } = await crane(context);
    const reference = `${current().host}/crane/one:v1`;
    await writeFile(join(home, 'a.tar'), tar({ a: toBuffer(createContent('crane a', 3 * MIB)) }));
    await writeFile(join(home, 'b.tar.gz'), gzipSync(tar({ b: Buffer.from('b') })));
    await run('append', '--oci-empty-base', '-f', 'a.tar', '-f', 'b.tar.gz', '-t', reference);
    await run('validate', '--remote', reference);
    const digest = await tagDigest(current(), 'crane/one', 'v1');
    expect(await run('digest', reference)).toBe(digest);
    await run('pull', '--format=oci', reference, 'pulled');
    expect(await topDigests(join(home, 'pulled'))).toEqual([digest]);
    await run('push', 'pulled', `${current().host}/crane/again:v1`);
    expect(await tagDigest(current(), 'crane/again', 'v1')).toBe(digest);
  });

  test('copies a multi-arch image to another repository and pulls it', async (context) => {
    const { run, home } = await crane(context);
    const { host } = current();
    await pushImages(current(), 'crane/multi', images);
    await run('copy', `${host}/crane/multi:multi`, `${host}/crane/copy:multi`);
    expect(await run('digest', `${host}/crane/copy:multi`)).toBe(images.index.digest);
    expect(await run('digest', '--platform', 'linux/arm64', `${host}/crane/copy:multi`)).toBe(
      images.arm64.manifest.digest,
    );
    await run('validate', '--remote', `${host}/crane/copy:multi`);
    await run('pull', '--format=oci', `${host}/crane/copy:multi`, 'pulled');
    expect(await topDigests(join(home, 'pulled'))).toEqual([images.index.digest]);
    await expectImages(join(home, 'pulled'), [images.amd64, images.arm64]);
    // The manifest comes as it went, byte by byte.
    expect(sha256(Buffer.from(await run('manifest', `${host}/crane/copy:multi`)))).toBe(images.index.digest);
  });

  test('pushes a Docker archive', async (context) => {
    const { run, home } = await crane(context);
    const { host } = current();
    await pushImages(current(), 'crane/source', images);
    await run('pull', `${host}/crane/source:amd64`, 'image.tar');
    await run('push', 'image.tar', `${host}/crane/archive:v1`);
    await run('validate', '--remote', `${host}/crane/archive:v1`);
    expect(await run('config', `${host}/crane/archive:v1`)).toBe(
      await readConfig(images.amd64.config.digest),
    );
    expect((await readFile(join(home, 'image.tar'))).length).toBeGreaterThan(0);
  });

  test('lists repositories and tags, sets a tag, and deletes a manifest', async (context) => {
    const { run } = await crane(context);
    const { host } = current();
    await pushImages(current(), 'crane/list', images);
    await run('tag', `${host}/crane/list:amd64`, 'latest');
    expect((await run('ls', `${host}/crane/list`)).split('\n')).toEqual([
      'amd64',
      'arm64',
      'latest',
      'multi',
    ]);
    expect((await run('catalog', host)).split('\n')).toContain('crane/list');
    await run('delete', `${host}/crane/list@${images.index.digest}`);
    await expect(run('digest', `${host}/crane/list:multi`)).rejects.toThrow(/404|MANIFEST_UNKNOWN/);
    expect((await run('ls', `${host}/crane/list`)).split('\n')).toEqual(['amd64', 'arm64', 'latest']);
  });
});

async function readConfig(digest: string): Promise<string> {
  return images.blobs.get(digest)?.toString() ?? '';
}

async function crane(context: Parameters<typeof useTool>[0]) {
  const tool = useTool(context, 'crane');
  const { home, run } = await testAccount();
  return { home, run: (...args: string[]) => run(tool, ...args) };
}
