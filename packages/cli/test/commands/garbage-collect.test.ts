import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { formatBytes } from '../../src/format-bytes.js';
import type { Ended } from '../command.js';
import { runCommand } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';

interface TestStore {
  readonly root: string;
  readonly config: string;
  readonly layer: string;
  readonly orphan: string;
  readonly manifest: string;
}

const V2 = 'docker/registry/v2';

/** A store as Distribution writes it: an image under a tag, and a blob that nothing uses. */
async function makeStore(): Promise<TestStore> {
  const directory = await temporaryDirectory();
  const root = join(directory, 'data');
  const put = async (path: string, content: string) => {
    await mkdir(dirname(join(root, V2, path)), { recursive: true });
    await writeFile(join(root, V2, path), content);
  };
  const putBlob = async (content: string) => {
    const hex = createHash('sha256').update(content).digest('hex');
    await put(`blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, content);
    return hex;
  };
  const putLayer = async (content: string) => {
    const hex = await putBlob(content);
    await put(`repositories/a/_layers/sha256/${hex}/link`, `sha256:${hex}`);
    return hex;
  };
  const layer = await putLayer('a layer');
  const orphan = await putLayer('x'.repeat(2048));
  const manifest = await putBlob(
    JSON.stringify({ schemaVersion: 2, config: { digest: `sha256:${layer}` }, layers: [] }),
  );
  const manifests = 'repositories/a/_manifests';
  await put(`${manifests}/revisions/sha256/${manifest}/link`, `sha256:${manifest}`);
  await put(`${manifests}/tags/v1/current/link`, `sha256:${manifest}`);
  const config = join(directory, 'config.yml');
  const storage = { filesystem: { rootdirectory: root } };
  await writeFile(config, JSON.stringify({ version: '0.1', storage, http: { addr: '127.0.0.1:0' } }));
  return { root, config, layer, orphan, manifest };
}

function collect({ config }: TestStore, ...flags: string[]): Promise<Ended> {
  return runCommand(['garbage-collect', ...flags, config]);
}

async function blobsOf({ root }: TestStore): Promise<string[]> {
  const files = await readdir(join(root, V2, 'blobs'), { recursive: true });
  return files.filter((file) => file.endsWith('/data')).map((file) => dirname(file).slice(-64));
}

test('deletes what nothing refers to, and says what it does in the words of Distribution', async () => {
  const store = await makeStore();
  const { layer, orphan, manifest } = store;
  const dry = await collect(store, '--dry-run');
  expect(dry).toMatchObject({ status: 0, stderr: '' });
  expect(dry.stdout).toBe(
    [
      'a',
      `a: marking manifest sha256:${manifest} `,
      `a: marking blob sha256:${layer}`,
      '',
      '2 blobs marked, 1 blobs and 0 manifests eligible for deletion',
      `a: layer link eligible for deletion: sha256:${orphan}`,
      `blob eligible for deletion: sha256:${orphan} (2.0 KiB)`,
      'dry run: would delete 1 blobs (2.0 KiB), 0 manifests and 1 layer links; looked in ',
    ].join('\n') + (/looked in (.*\n)$/.exec(dry.stdout)?.[1] ?? ''),
  );
  expect(await blobsOf(store)).toHaveLength(3);
  const { status, stdout } = await collect(store);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^deleted 1 blobs \(2\.0 KiB\), 0 manifests and 1 layer links in \d+\.\d s$/m);
  expect(new Set(await blobsOf(store))).toEqual(new Set([layer, manifest]));
  expect(await readdir(join(store.root, V2, 'repositories/a/_layers/sha256'))).toEqual([layer]);
});

test('-q says nothing; -m takes what is untagged', async () => {
  const store = await makeStore();
  const tag = join(store.root, V2, 'repositories/a/_manifests/tags/v1/current/link');
  await writeFile(tag, `sha256:${store.orphan}`);
  expect(await collect(store, '-q')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(await blobsOf(store)).toHaveLength(2);
  expect(await collect(store, '-m', '-q')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(await blobsOf(store)).toEqual([]);
});

test('a manifest that cannot be read: nothing is deleted, exit 1 and a sentence', async () => {
  const store = await makeStore();
  const { manifest } = store;
  const path = join(store.root, V2, 'blobs/sha256', manifest.slice(0, 2), manifest, 'data');
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, -5));
  const { status, stderr } = await collect(store);
  expect(status).toBe(1);
  expect(stderr).toBe(
    `outrigger: failed to garbage collect: manifest sha256:${manifest} is not what its digest says: nothing was deleted\n`,
  );
  expect(await blobsOf(store)).toHaveLength(3);
});

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1536, '1.5 KiB'],
  [5 * 1024 ** 4, '5.0 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
