import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { MAIN, fromRoot } from '../harness/paths.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';

/** The oldest that a cloud still runs, and the newest that the schemas have. */
const VERSIONS = ['1.30', '1.37'];
const FOLDER = fromRoot('deploy/kubernetes');
const FILES = (await readdir(FOLDER)).filter((name) => name.endsWith('.yaml'));
const IDENTITIES = FILES.filter((name) => name !== 'registry.yaml');

const PLUGINS = { s3: 'plugin-s3', gcs: 'plugin-gcs', azure: 'plugin-azure' } as const;

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
}

test('every manifest is one of Kubernetes, to the last key', async (context) => {
  const validate = useTool(context, 'kubernetes-validate');
  const versions = VERSIONS.flatMap((version) => ['-k', version]);
  const { all, exitCode } = await execa(
    validate,
    ['--strict', ...versions, ...FILES.map((name) => join(FOLDER, name))],
    { all: true, reject: false },
  );
  expect(all).not.toMatch(/^(WARN|ERROR|FATAL)/m);
  expect(exitCode).toBe(0);
  for (const name of FILES) expect(all).toContain(`${name} passed`);
});

test('the check of manifests finds a key that Kubernetes has not', async (context) => {
  const validate = useTool(context, 'kubernetes-validate');
  const broken = join(await temporaryDirectory(), 'broken.yaml');
  const text = await readFile(join(FOLDER, 'registry.yaml'), 'utf8');
  await writeFile(broken, text.replace('readinessProbe:', 'readynessProbe:'));
  const { all, exitCode } = await execa(validate, ['--strict', broken], { all: true, reject: false });
  expect(all).toContain('readynessProbe');
  expect(exitCode).not.toBe(0);
});

test.each(IDENTITIES)('%s fits the deployment, and its configuration is good', async (name) => {
  const resources = await read(name);
  const kinds = resources.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(kinds).toContain('ServiceAccount outrigger');
  expect(kinds).toContain('ConfigMap outrigger');
  for (const { metadata } of resources) expect(metadata.namespace).toBe('outrigger');
  const driver = basename(name).split('-')[0] ?? '';
  const { file, secrets } = await installIn(resources);
  const check = await outrigger('config', 'check', file);
  expect(check.stdout).toMatch(new RegExp(`good, profile compatible, storage driver ${driver} `));
  expect(check.stdout).not.toMatch(/not checked|unknown/);
  const print = await outrigger('config', 'print', file);
  for (const secret of secrets) expect(print.stdout).not.toContain(secret);
});

test('secrets are mounted where the configurations look for them, and the drivers may read them', async () => {
  const [deployment] = await read('registry.yaml');
  const text = JSON.stringify(deployment);
  for (const name of IDENTITIES) {
    const paths = (await readFile(join(FOLDER, name), 'utf8')).matchAll(/(\/run\/secrets\/[a-z-]+)\//g);
    for (const [, directory] of paths) expect(text).toContain(`"mountPath":"${directory ?? ''}"`);
  }
});

async function read(name: string): Promise<Resource[]> {
  const documents = parseAllDocuments(await readFile(join(FOLDER, name), 'utf8'));
  return documents.map((document) => document.toJS() as Resource);
}

/** As the pod would have it: the configuration, with its secrets in files. */
async function installIn(
  resources: readonly Resource[],
): Promise<{ readonly file: string; readonly secrets: readonly string[] }> {
  const path = await temporaryDirectory();
  const given = resources.find(({ kind }) => kind === 'Secret')?.stringData ?? {};
  const store = Object.fromEntries(Object.keys(given).map((key) => [key, `hunter2-of-${key}`]));
  const folders = { 'outrigger-http': { secret: 'hunter2-of-http' }, 'outrigger-store': store };
  for (const [folder, files] of Object.entries(folders)) {
    await mkdir(join(path, folder));
    for (const [key, value] of Object.entries(files)) await writeFile(join(path, folder, key), value);
  }
  const config = resources.find(({ kind }) => kind === 'ConfigMap')?.data?.['config.yml'] ?? '';
  const document = parse(config.replaceAll('/run/secrets', path)) as { outrigger: object };
  const drivers = { directories: [await driversIn(path)] };
  const file = join(path, 'config.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ ...document, outrigger: { ...document.outrigger, drivers } }));
  return { file, secrets: Object.values(folders).flatMap((files) => Object.values(files)) };
}

/** A directory of drivers, as they are built. */
async function driversIn(parent: string): Promise<string> {
  const directory = join(parent, 'drivers');
  await mkdir(directory);
  for (const [name, folder] of Object.entries(PLUGINS))
    await symlink(fromRoot(`packages/${folder}/dist/main.js`), join(directory, `registry-storage-${name}`));
  return directory;
}

function outrigger(...args: readonly string[]) {
  return execa(process.execPath, [MAIN, ...args], { env: { PATH: process.env.PATH }, extendEnv: false });
}
