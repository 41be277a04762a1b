import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Files, LayoutTarget, Selection } from '../../src/index.js';
import {
  directoryFiles,
  directoryTarget,
  layoutSink,
  layoutSource,
  selectionSource,
  storeSink,
  tarFiles,
  tarTarget,
} from '../../src/index.js';
import {
  OCI_MANIFEST,
  bytes,
  digestOf,
  makeImage,
  pushImage,
  putManifest,
  startRegistry,
} from '../registry-fixture.js';
import { run, storeOf, temporaryDirectory, testLayout } from './transfer-fixture.js';

const tar = promisify(execFile);

async function importLayout(files: Files, directory = '', tag?: string) {
  const registry = await startRegistry();
  const source = layoutSource(files, [{ directory, name: 'app', tag }]);
  return { registry, ...(await run(source, storeSink(storeOf(registry.driver)))) };
}

/** What a layout names, by tag, and what else. */
async function entriesOf(files: Files): Promise<[string | undefined, string][]> {
  const content = await files.read('index.json', 1_000_000);
  const { manifests } = JSON.parse(String(content)) as {
    manifests: { digest: string; annotations?: Record<string, string> }[];
  };
  return manifests.map(({ digest, annotations }) => [
    annotations?.['org.opencontainers.image.ref.name'],
    digest,
  ]);
}

test.for(['gnu', 'pax', 'ustar'])('an archive in the format %s is read where it lies', async (format) => {
  const top = await temporaryDirectory();
  const layout = testLayout(join(top, 'layout'));
  const image = await layout.image(bytes(300_000));
  await layout.end([['v1', image]]);
  const path = join(top, 'layout.tar');
  await tar('tar', [`--format=${format}`, '-cf', path, '-C', layout.directory, '.']);
  const files = await tarFiles(path);
  expect(await files.layouts()).toEqual(['']);
  const { failed, registry } = await importLayout(files);
  await files.close();
  expect(failed).toEqual([]);
  expect((await registry.call('HEAD', 'app/manifests/v1')).headers.get('docker-content-digest')).toBe(
    image.digest,
  );
});

test('long paths and links in an archive lead to their files', async () => {
  const top = await temporaryDirectory();
  const deep = join('d'.repeat(90), 'e'.repeat(90));
  const layout = testLayout(join(top, deep));
  const image = await layout.image('a layer');
  await layout.end([['v1', image]]);
  const blobs = join(layout.directory, 'blobs', 'sha256');
  const [name = ''] = await readdir(blobs);
  await writeFile(join(blobs, 'elsewhere'), await readFile(join(blobs, name)));
  await rm(join(blobs, name));
  await symlink('elsewhere', join(blobs, name));
  const path = join(top, 'x.tar');
  await tar('tar', ['--format=gnu', '-cf', path, '-C', top, deep.slice(0, 90)]);
  const files = await tarFiles(path);
  expect(await files.layouts()).toEqual([deep]);
  expect((await importLayout(files, deep)).failed).toEqual([]);
  await files.close();
  expect((await importLayout(directoryFiles(top), deep)).failed).toEqual([]);
});

test.for([
  [
    'gzip',
    ['-czf'],
    'the archive is compressed with gzip: unpack that first, content is read from where it lies',
  ],
  ['no tar', undefined, 'it is no tar archive'],
] as const)('%s is refused in a sentence', async ([, flags, message]) => {
  const top = await temporaryDirectory();
  const path = join(top, 'x.tar');
  if (flags === undefined) await writeFile(path, Buffer.alloc(2048, 'x'));
  else await tar('tar', [...flags, path, '-C', '/', 'etc/hostname']);
  await expect(tarFiles(path)).rejects.toThrow(message);
});

test('an archive that was cut off is refused', async () => {
  const top = await temporaryDirectory();
  await writeFile(join(top, 'file'), bytes(20_000));
  const path = join(top, 'x.tar');
  await tar('tar', ['-cf', path, '-C', top, 'file']);
  await writeFile(path, (await readFile(path)).subarray(0, 10_000));
  await expect(tarFiles(path)).rejects.toThrow('the archive ends in the middle of a file');
});

test('content that is not what its digest says is refused with what needs it; the others come', async () => {
  const layout = testLayout(await temporaryDirectory());
  const [good, bad, gone] = [
    await layout.image('good'),
    await layout.image('bad'),
    await layout.image('gone'),
  ];
  await layout.end([
    ['good', good],
    ['bad', bad],
    ['gone', gone],
  ]);
  const blob = (text: string) => join(layout.directory, 'blobs', digestOf(text).replace(':', '/'));
  await writeFile(blob('bad'), 'BAD');
  await rm(blob('gone'));
  const { failed, counts, registry } = await importLayout(directoryFiles(layout.directory));
  expect(counts.tags.set).toBe(1);
  expect(failed.map(({ reference }) => reference).sort()).toEqual(
    [digestOf('bad'), bad.digest, 'bad', gone.digest, 'gone'].sort(),
  );
  expect((await registry.call('HEAD', `app/blobs/${digestOf('bad')}`)).status).toBe(404);
});

test('a whole reference, as Podman writes it, is its tag; two images of one tag are refused', async () => {
  const layout = testLayout(await temporaryDirectory());
  const [one, two] = [await layout.image('one'), await layout.image('two')];
  await layout.end([['localhost/team/app:v7', one]]);
  const { registry } = await importLayout(directoryFiles(layout.directory));
  expect((await registry.call('HEAD', 'app/manifests/v7')).status).toBe(200);
  await layout.end([
    ['v1', one],
    ['other/app:v1', two],
  ]);
  const { failed } = await importLayout(directoryFiles(layout.directory));
  expect(failed).toMatchObject([
    { reference: undefined, reason: expect.stringContaining('gives the tag v1') as string },
  ]);
});

test('the only image of a layout takes the tag that is given', async () => {
  const layout = testLayout(await temporaryDirectory());
  const image = await layout.image('one');
  await layout.end([image]);
  const { registry, failed } = await importLayout(directoryFiles(layout.directory), '', 'v1');
  expect(failed).toEqual([]);
  expect((await registry.call('HEAD', 'app/manifests/v1')).headers.get('docker-content-digest')).toBe(
    image.digest,
  );
});

test('what an image names may be listed beside it, as oras does; of two images none takes the tag', async () => {
  const layout = testLayout(await temporaryDirectory());
  const [one, two] = [await layout.image('one'), await layout.image('two')];
  await layout.end([two, ['multi', one], ['other', one]]);
  const { registry, failed } = await importLayout(directoryFiles(layout.directory), '', 'v1');
  expect(failed).toEqual([]);
  expect((await registry.call('HEAD', 'app/manifests/v1')).headers.get('docker-content-digest')).toBe(
    one.digest,
  );
  for (const entries of [
    [one, two],
    [['a', one] as const, ['b', two] as const],
  ]) {
    await layout.end(entries);
    const refused = await importLayout(directoryFiles(layout.directory), '', 'v1');
    const reason = expect.stringContaining('names 2 images: only one can become v1') as string;
    expect(refused.failed).toMatchObject([{ reason }]);
  }
});

test('an index that names layers, as caches of BuildKit do, comes with them; one without all its images too', async () => {
  const layout = testLayout(await temporaryDirectory());
  const layer = await layout.blob(bytes(1000), 'application/vnd.oci.image.layer.v1.tar');
  const absent = { mediaType: OCI_MANIFEST, digest: digestOf('absent'), size: 6 };
  const index = await layout.index([layer, absent]);
  await layout.end([['cache', index]]);
  const { failed, registry } = await importLayout(directoryFiles(layout.directory));
  expect(failed).toEqual([]);
  expect((await registry.call('HEAD', `app/blobs/${layer.digest}`)).status).toBe(200);
  expect((await registry.call('HEAD', 'app/manifests/cache')).status).toBe(200);
});

interface Kind {
  readonly kind: string;
  readonly open: (path: string) => Promise<LayoutTarget>;
  readonly files: (path: string) => Promise<Files>;
}

const KINDS: readonly Kind[] = [
  {
    kind: 'directory',
    open: (path) => Promise.resolve(directoryTarget(path)),
    files: (path) => Promise.resolve(directoryFiles(path)),
  },
  { kind: 'archive', open: tarTarget, files: tarFiles },
];

test.for(KINDS)(
  'an image is exported to a $kind with what refers to it, and imported again',
  async ({ open, files }) => {
    const registry = await startRegistry();
    const app = await pushImage(registry, 'team/app', 'v1');
    await pushImage(registry, 'team/app', 'v2');
    const subject = { mediaType: OCI_MANIFEST, digest: app.digest, size: app.content.length };
    const note = await makeImage(registry, 'team/app', { subject, artifactType: 'application/x.note' });
    await putManifest(registry, 'team/app', digestOf(note), note);
    const path = join(await temporaryDirectory(), 'out.tar');
    const target = await open(path);
    const selection: Selection = { name: 'team/app', tag: 'v1' };
    const source = selectionSource(storeOf(registry.driver), selection);
    const exported = await run(
      source,
      layoutSink(target, () => ''),
    );
    await target.finish();
    await target.close();
    expect(exported.failed).toEqual([]);

    const read = await files(path);
    expect(await entriesOf(read)).toEqual([
      ['v1', app.digest],
      [undefined, digestOf(note)],
    ]);
    const { failed, registry: second } = await importLayout(read);
    await read.close();
    expect(failed).toEqual([]);
    expect((await second.call('HEAD', 'app/manifests/v1')).headers.get('docker-content-digest')).toBe(
      app.digest,
    );
    expect(await (await second.call('GET', `app/referrers/${app.digest}`)).json()).toMatchObject({
      manifests: [{ digest: digestOf(note) }],
    });
    expect((await second.call('HEAD', 'app/manifests/v2')).status).toBe(404);
  },
);

test('a second export copies what is new, moves tags, and keeps what else the layout names', async () => {
  const registry = await startRegistry();
  const one = await pushImage(registry, 'app', 'v1');
  const path = join(await temporaryDirectory(), 'layout');
  const exportAll = () => {
    const source = selectionSource(storeOf(registry.driver), { pattern: 'app' });
    return run(
      source,
      layoutSink(directoryTarget(path), () => ''),
    );
  };
  await exportAll();
  const foreign = testLayout(path);
  const image = await foreign.image('of somebody else');
  await foreign.end([
    ['v1', { ...image, digest: one.digest }],
    ['theirs', image],
  ]);
  const two = await pushImage(registry, 'app', 'v1');
  const { counts } = await exportAll();
  expect(counts).toMatchObject({
    manifests: { copied: 1, kept: 1 },
    blobs: { copied: 2, kept: 2 },
    tags: { set: 1 },
  });
  expect(await entriesOf(directoryFiles(path))).toEqual([
    ['theirs', image.digest],
    ['v1', two.digest],
    [undefined, one.digest],
  ]);
});

test('an image that is not there, and an archive that was given up, leave nothing behind', async () => {
  const registry = await startRegistry();
  const directory = await temporaryDirectory();
  const target = await tarTarget(join(directory, 'x.tar'));
  const source = selectionSource(storeOf(registry.driver), { name: 'app', tag: 'v1' });
  await expect(
    run(
      source,
      layoutSink(target, () => ''),
    ),
  ).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' });
  await target.close();
  expect(await readdir(directory)).toEqual([]);
});

test('a tree is its layouts, also those below another one; blobs and what registries keep for themselves are none', async () => {
  const top = await temporaryDirectory();
  for (const path of ['', 'a', 'a/b', '.trash/c', '_trivy', 'a/blobs/d', 'with space']) {
    await mkdir(join(top, path), { recursive: true });
    await writeFile(join(top, path, 'oci-layout'), '{}');
  }
  expect(await directoryFiles(top).layouts()).toEqual(['', 'a', 'a/b', 'with space']);
});
