import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testAccount } from '../harness/client.js';
import { createImages, writeLayout } from '../harness/images.js';
import { expectImages, topDigests } from '../harness/layout-check.js';
import { describeOnEachPlane } from '../harness/on-each-plane.js';
import { pushImages, tagDigest } from '../harness/push-images.js';
import { useTool } from '../harness/tool.js';

const images = createImages();

describeOnEachPlane('skopeo', (current) => {
  test('copies a multi-layer image there and back', async (context) => {
    const { run, home } = await skopeo(context);
    const { host } = current();
    await run('copy', 'oci:layout:amd64', `docker://${host}/skopeo/one:v1`, '--dest-tls-verify=false');
    expect(await tagDigest(current(), 'skopeo/one', 'v1')).toBe(images.amd64.manifest.digest);
    await run('copy', `docker://${host}/skopeo/one:v1`, 'oci:back:v1', '--src-tls-verify=false');
    expect(await topDigests(join(home, 'back'))).toEqual([images.amd64.manifest.digest]);
    await expectImages(join(home, 'back'), [images.amd64]);
  });

  test('copies a multi-arch image there, to another repository, and back', async (context) => {
    const { run, home } = await skopeo(context);
    const { host } = current();
    const copy = (...args: string[]) => run('copy', '--all', '--preserve-digests', ...args);
    const [first, second] = [`docker://${host}/skopeo/multi:v1`, `docker://${host}/skopeo/mirror/multi:v1`];
    await copy('--dest-tls-verify=false', 'oci:layout:multi', first);
    await copy('--src-tls-verify=false', '--dest-tls-verify=false', first, second);
    expect(await tagDigest(current(), 'skopeo/multi', 'v1')).toBe(images.index.digest);
    await copy('--src-tls-verify=false', second, 'oci:back:multi');
    expect(await topDigests(join(home, 'back'))).toEqual([images.index.digest]);
    await expectImages(join(home, 'back'), [images.amd64, images.arm64]);
  });

  test('pushes and pulls a Docker manifest, and copies one platform', async (context) => {
    const { run, home } = await skopeo(context);
    const { host } = current();
    const docker = `docker://${host}/skopeo/docker:v1`;
    await run('copy', '--format', 'v2s2', 'oci:layout:amd64', docker, '--dest-tls-verify=false');
    expect(await run('inspect', '--raw', '--tls-verify=false', docker)).toContain(
      'docker.distribution.manifest.v2',
    );
    await pushImages(current(), 'skopeo/platforms', images);
    await run(
      'copy',
      ...['--override-arch', 'arm64', '--override-os', 'linux', '--src-tls-verify=false'],
      ...[`docker://${host}/skopeo/platforms:multi`, 'oci:arm:x'],
    );
    expect(await topDigests(join(home, 'arm'))).toEqual([images.arm64.manifest.digest]);
  });

  test('lists tags, inspects, and deletes', async (context) => {
    const { run } = await skopeo(context);
    const { host } = current();
    const name = `docker://${host}/skopeo/list`;
    await pushImages(current(), 'skopeo/list', images);
    expect(JSON.parse(await run('list-tags', '--tls-verify=false', name))).toMatchObject({
      Tags: ['amd64', 'arm64', 'multi'],
    });
    const inspected: unknown = JSON.parse(await run('inspect', '--tls-verify=false', `${name}:amd64`));
    expect(inspected).toMatchObject({ Digest: images.amd64.manifest.digest, Architecture: 'amd64' });
    await run('delete', '--tls-verify=false', `${name}:multi`);
    await expect(run('inspect', '--raw', '--tls-verify=false', `${name}:multi`)).rejects.toThrow(/unknown/);
    await run('inspect', '--raw', '--tls-verify=false', `${name}:amd64`);
  });
});

async function skopeo(context: Parameters<typeof useTool>[0]) {
  const tool = useTool(context, 'skopeo');
  const { home, run } = await testAccount();
  await writeLayout(join(home, 'layout'), images);
  return { home, run: (...args: string[]) => run(tool, ...args) };
}
