import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testAccount } from '../harness/client.js';
import { createImages, writeLayout } from '../harness/images.js';
import { describeOnEachPlane } from '../harness/on-each-plane.js';
import { pushImages, tagDigest } from '../harness/push-images.js';
import { useTool } from '../harness/tool.js';

const images = createImages();

describeOnEachPlane('podman', (current) => {
  test('pushes a multi-layer image and pulls it', async (context) => {
    const { run } = await podman(context);
    const reference = `${current().host}/podman/one:v1`;
    const id = await run('pull', '--quiet', 'oci:layout:amd64');
    await run('push', '--tls-verify=false', id, reference);
    await run('rmi', '-af');
    // The id is the digest of the configuration, which has those of the layers before compression, and podman checks both.
    expect(await run('pull', '--quiet', '--tls-verify=false', reference)).toBe(id);
    const digest = await tagDigest(current(), 'podman/one', 'v1');
    expect(await run('inspect', '--format', '{{.Digest}} {{len .RootFS.Layers}}', id)).toBe(`${digest} 3`);
    await run('rmi', '-af');
    expect(await run('pull', '--quiet', '--tls-verify=false', `${current().host}/podman/one@${digest}`)).toBe(
      id,
    );
  });

  test('pushes in the Docker format', async (context) => {
    const { run } = await podman(context);
    const reference = `${current().host}/podman/docker:v1`;
    const id = await run('pull', '--quiet', 'oci:layout:arm64');
    await run('push', '--tls-verify=false', '--format', 'v2s2', id, reference);
    await run('rmi', '-af');
    await run('pull', '--quiet', '--tls-verify=false', reference);
    expect(await run('inspect', '--format', '{{.Digest}}', reference)).toBe(
      await tagDigest(current(), 'podman/docker', 'v1'),
    );
  });

  test('pulls each platform of a multi-arch image, and pushes a manifest list', async (context) => {
    const { run } = await podman(context);
    const { host } = current();
    await pushImages(current(), 'podman/multi', images);
    for (const image of [images.amd64, images.arm64]) {
      const architecture = image.manifest.platform?.architecture ?? '';
      const reference = `${host}/podman/multi:multi`;
      const id = await run('pull', '--quiet', '--tls-verify=false', '--arch', architecture, reference);
      expect(`sha256:${id}`).toBe(image.config.digest);
      expect(await run('inspect', '--format', '{{.Architecture}}', id)).toBe(architecture);
    }
    await run('manifest', 'create', 'localhost/list');
    for (const tag of ['amd64', 'arm64']) {
      const source = `docker://${host}/podman/multi:${tag}`;
      await run('manifest', 'add', '--tls-verify=false', 'localhost/list', source);
    }
    const target = `docker://${host}/podman/list:v1`;
    await run('manifest', 'push', '--tls-verify=false', '--all', 'localhost/list', target);
    expect(await tagDigest(current(), 'podman/list', 'v1')).toMatch(/^sha256:/);
  });
});

async function podman(context: Parameters<typeof useTool>[0]) {
  const tool = useTool(context, 'podman');
  const { home, run } = await testAccount();
  await writeLayout(join(home, 'layout'), images);
  const storage = ['--storage-driver', 'vfs', '--root', join(home, 'root'), '--runroot', join(home, 'run')];
  return { run: (...args: string[]) => run(tool, ...storage, ...args) };
}
