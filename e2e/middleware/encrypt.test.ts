import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { request } from '../harness/http.js';
import { createImages } from '../harness/images.js';
import { MAIN } from '../harness/paths.js';
import { pull } from '../harness/pull.js';
import { pushImages } from '../harness/push-images.js';
import { MIB } from '../harness/scale.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { pushChunked } from '../harness/upload.js';
import { registryWith } from './registry-with-middleware.js';

const TAGS = ['multi', 'amd64', 'arm64'];

test('images in an encrypted store: pushed, pulled, collected, and read by nobody who has no key', async () => {
  const own = await temporaryDirectory();
  const [store, keyfile] = [join(own, 'store'), join(own, 'keys')];
  await writeFile(keyfile, `first ${randomBytes(32).toString('base64')}\n`);
  const encrypt = { name: 'encrypt', options: { keyfile } };
  const images = createImages();
  const chunked = createContent('chunked', 9 * MIB + 7);
  const expectAll = async (url: string) => {
    for (const tag of TAGS) expect((await request(`${url}/v2/a/manifests/${tag}`)).status).toBe(200);
    for (const { digest } of [images.amd64, images.arm64].flatMap(({ config, layers }) => [
      config,
      ...layers,
    ])) {
      const pulled = await pull(`${url}/v2/a/blobs/${digest}`).result;
      expect(pulled.digest).toBe(digest);
    }
  };

  const first = await registryWith([encrypt], { store });
  await pushImages(first, 'a', images);
  await pushChunked(first.url, 'a', chunked);
  expect((await pull(`${first.url}/v2/a/blobs/${chunked.digest}`).result).digest).toBe(chunked.digest);
  await expectAll(first.url);
  await first.stop();

  const files = (await readdir(store, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeGreaterThan(10);
  for (const { parentPath, name } of files) {
    const stored = await readFile(join(parentPath, name));
    expect(stored.toString('latin1', 0, 8), join(parentPath, name)).toBe('OUTRENC1');
    expect(stored.includes('sha256:')).toBe(false);
  }

  // What is not referred to goes, and all else is found through the encryption.
  const config = join(own, 'config.yml');
  const storage = { filesystem: { rootdirectory: store }, delete: { enabled: true } };
  await writeFile(config, JSON.stringify({ version: '0.1', storage, middleware: { storage: [encrypt] } }));
  await execa(process.execPath, [MAIN, 'garbage-collect', config], { stdin: 'ignore' });
  const again = await registryWith([encrypt], { store });
  await expectAll(again.url);
  const gone = await request(`${again.url}/v2/a/blobs/${chunked.digest}`);
  expect(gone.status).toBe(404);
});

test('a store that is read-only, limited and faulty is one that can be read', async () => {
  const own = await temporaryDirectory();
  const store = join(own, 'store');
  const images = createImages();
  const open = await registryWith([], { store });
  await pushImages(open, 'a', images);
  await open.stop();
  const registry = await registryWith(
    [
      { name: 'readonly' },
      { name: 'ratelimit', options: { readbytes: '500MiB', readcalls: 100_000 } },
      { name: 'faults', options: { rules: [{ operations: ['get', 'reader'], delay: '1ms' }] } },
    ],
    { store },
  );
  expect(registry.logs()).toContain('THE STORE FAILS ON PURPOSE');
  expect((await request(`${registry.url}/v2/a/manifests/multi`)).status).toBe(200);
  const { digest } = images.amd64.layers[0] ?? { digest: '' };
  expect((await pull(`${registry.url}/v2/a/blobs/${digest}`).result).digest).toBe(digest);
  const refused = await request(`${registry.url}/v2/a/blobs/uploads/`, { method: 'POST' });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(await registry.count('faults_delayed_total')).toBeGreaterThan(0);
});
