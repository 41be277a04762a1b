import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';

interface Workshop {
  readonly directory: string;
  /** The configuration of an empty store. */
  readonly config: string;
  readonly store: string;
}

async function workshop(): Promise<Workshop> {
  const directory = await temporaryDirectory();
  const store = join(directory, 'store');
  return { directory, store, config: await writeConfig(directory, 'config.yml', store) };
}

async function writeConfig(directory: string, name: string, rootdirectory: string): Promise<string> {
  const file = join(directory, name);
  const sections = { storage: { filesystem: { rootdirectory } }, http: { addr: '127.0.0.1:0' } };
  await writeFile(file, JSON.stringify({ version: '0.1', ...sections }));
  return file;
}

/** An image of one layer, under a tag; answers the digests of the layer and of the image. */
async function writeLayout(directory: string, tag: string): Promise<{ layer: string; image: string }> {
  const put = async (content: string, mediaType: string) => {
    const hex = createHash('sha256').update(content).digest('hex');
    const path = join(directory, 'blobs', 'sha256', hex);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  };
  const config = await put('{}', 'application/vnd.oci.image.config.v1+json');
  const layer = await put('a layer', 'application/vnd.oci.image.layer.v1.tar');
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const image = await put(
    JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }),
    mediaType,
  );
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const index = { schemaVersion: 2, manifests: [{ ...image, annotations }] };
  await writeFile(join(directory, 'index.json'), JSON.stringify(index));
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return { layer: layer.digest, image: image.digest };
}

function tagLink(store: string, name: string, tag: string): Promise<string> {
  const link = `docker/registry/v2/repositories/${name}/_manifests/tags/${tag}/current/link`;
  return readFile(join(store, link), 'utf8');
}

test('a tree is imported, exported and migrated; each says what it did, and a second time that nothing is left', async () => {
  const { directory, config, store } = await workshop();
  const tree = join(directory, 'tree');
  const { image } = await writeLayout(join(tree, 'team/app'), 'v1');
  await writeLayout(join(tree, 'My App'), 'v1');
  const imported = await runCommand(['import', tree, config, '--map', 'My App=my-app']);
  expect(imported).toMatchObject({ status: 0, stderr: '' });
  const lines = imported.stdout.split('\n').map((line) => line.replace(/in \d+\.\d s/, 'in 1.0 s'));
  expect(lines.at(-2)).toBe(
    '2 repositories: copied 2 blobs (9 bytes) and 2 linked, 2 manifests, 2 tags in 1.0 s',
  );
  expect(await tagLink(store, 'my-app', 'v1')).toBe(image);

  const other = join(directory, 'other');
  const second = await writeConfig(directory, 'second.yml', other);
  expect((await runCommand(['migrate', config, second])).stdout).toMatch(
    / in \d+\.\d s; not even: run it again\n$/,
  );
  const { stdout } = await runCommand(['migrate', config, second]);
  expect(stdout).toMatch(
    /^2 repositories: nothing to copy, 2 manifests and 2 tags are there in \d+\.\d s; even$/m,
  );
  expect(await tagLink(other, 'team/app', 'v1')).toBe(image);

  const out = join(directory, 'out');
  expect((await runCommand(['export', '**', out, second, '-q'])).status).toBe(0);
  expect((await readdir(out)).sort()).toEqual(['my-app', 'team']);
  const again = await runCommand(['import', out, config, '--json']);
  expect(JSON.parse(again.stdout)).toMatchObject({
    dryRun: false,
    counts: { repositories: 2, blobs: { copied: 0, linked: 0, kept: 4 }, manifests: { copied: 0, kept: 2 } },
    failures: [],
  });
});

test('names that cannot be are refused before anything is copied', async () => {
  const { directory, config, store } = await workshop();
  const tree = join(directory, 'tree');
  await writeLayout(join(tree, 'fine'), 'v1');
  await writeLayout(join(tree, 'My App'), 'v1');
  const { status, stderr } = await runCommand(['import', tree, config]);
  expect({ status, stderr }).toEqual({
    status: 64,
    stderr:
      'outrigger: nothing was imported:\n"My App" cannot be the name of a repository (it has a space or a tab): ' +
      "choose one, --map 'My App=my-app'\n",
  });
  await expect(readdir(store)).rejects.toThrow('ENOENT');
});

test('what is missing is told with all that needs it, and ends with 1; a dry run says the same and writes nothing', async () => {
  const { directory, config, store } = await workshop();
  const layout = join(directory, 'app');
  const { layer, image } = await writeLayout(layout, 'v1');
  await rm(join(layout, 'blobs', layer.replace(':', '/')));
  for (const flags of [['--dry-run'], []]) {
    const { status, stderr } = await runCommand(['import', layout, config, '-q', ...flags]);
    expect(status).toBe(1);
    expect(stderr.split('\n')).toEqual([
      `not copied: app ${image}: ${layer}, which it names, is missing or damaged`,
      `not copied: app v1: its manifest ${image} could not be copied`,
      'outrigger: 2 things could not be copied, all else was',
      '',
    ]);
    if (flags.length > 0) await expect(readdir(join(store, 'docker'))).rejects.toThrow('ENOENT');
  }
});

test.for([
  [['import', 'nowhere'], 1, 'outrigger: there is no nowhere\n'],
  [['import', '.'], 1, 'there is no OCI image layout in it'],
  [['import', 'config.yml'], 1, 'outrigger: config.yml: it is no tar archive\n'],
  [['export', 'Team', 'out'], 64, '"Team" names nothing that a registry could have: invalid repository name'],
  [['export', 'app:v1', 'out'], 1, 'outrigger: there is no such manifest in the store\n'],
  [['export', 'app', 'out.tar'], 1, 'outrigger: the store has no repository app\n'],
  [['export', '**', 'out.tar'], 64, 'a pattern is exported to a directory'],
  [['export', 'app', 'out', '--parallel=0'], 64, 'must be 1 to 64'],
] as const)('%j ends with %i and a sentence', async ([args, status, message]) => {
  const { directory, config } = await workshop();
  const [positional, flags] = [
    args.filter((arg) => !arg.startsWith('-')),
    args.filter((arg) => arg.startsWith('-')),
  ];
  const ended = await runCommand([...positional, config, ...flags], { cwd: directory });
  expect(ended.status).toBe(status);
  expect(ended.stderr).toContain(message);
  expect((await readdir(directory)).filter((name) => name.startsWith('out'))).toEqual([]);
});

test('a store is not migrated to itself, and what overrides a configuration is passed over', async () => {
  const { directory, config, store } = await workshop();
  const same = await writeConfig(directory, 'same.yml', store);
  const environment = { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: join(directory, 'elsewhere') };
  expect(await runCommand(['migrate', config, same], { environment })).toMatchObject({
    status: 64,
    stderr: 'outrigger: both configurations name the same store\n',
  });
  const other = await writeConfig(directory, 'other.yml', join(directory, 'other'));
  expect(await runCommand(['migrate', config, other], { environment })).toMatchObject({ status: 0 });
  await expect(readdir(join(directory, 'elsewhere'))).rejects.toThrow('ENOENT');
});
