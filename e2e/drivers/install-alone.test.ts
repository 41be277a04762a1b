import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { controlSocket } from '../harness/control-socket.js';
import { request } from '../harness/http.js';
import { MAIN, ROOT, fromRoot } from '../harness/paths.js';
import { testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { startVersitygw } from '../harness/versitygw-server.js';
import { locate } from '../tools/locate.mjs';

const INSTALL_MS = 240_000;
const SHEBANG = /^#!\/usr\/bin\/env (?:-S )?node\b/;

/** Our own packages by name, with their directories. The registry of packages has none of them yet. */
const WORKSPACE = await findPackages();

const DRIVERS = [
  { name: 's3', folder: 'plugin-s3' },
  { name: 'filesystem', folder: 'plugin-fs' },
  { name: 'gcs', folder: 'plugin-gcs' },
  { name: 'azure', folder: 'plugin-azure' },
  { name: 'swift', folder: 'plugin-swift' },
  { name: 'sftp', folder: 'plugin-sftp' },
] as const;
/** One of them shows it in the short form; the others take their time. */
const isFull = process.env.OUTRIGGER_TEST === 'full';
const INSTALLED = isFull ? DRIVERS : DRIVERS.slice(0, 1);

test.each(DRIVERS)('the package of $name has the programs that it names', async ({ name, folder }) => {
  const { bin = {}, files } = await readPackage(folder);
  const tarball = await pack(folder, await temporaryDirectory());
  const { stdout } = await execa('tar', ['-tzvf', tarball]);
  const packed = stdout.split('\n');
  for (const program of Object.values(bin)) {
    expect(packed.some((line) => line.startsWith('-rwx') && line.endsWith(`package/${program}`))).toBe(true);
    expect(await readFile(fromRoot(`packages/${folder}/${program}`), 'utf8')).toMatch(SHEBANG);
  }
  expect(bin).toHaveProperty(`registry-storage-${name}`);
  expect(files?.[0]).toBe('dist');
  expect(packed.filter((line) => /\.test\.|tsbuildinfo/.test(line))).toEqual([]);
});

test.each(INSTALLED)(
  '$name installs alone into an empty prefix, and is found there',
  { timeout: INSTALL_MS },
  async ({ name, folder }) => {
    const prefix = await temporaryDirectory();
    await install([folder], prefix);
    const program = programIn(prefix, `registry-storage-${name}`);
    const { stdout } = await execa(program, ['--describe'], plain(prefix));
    expect(JSON.parse(stdout)).toMatchObject({ name, protocolVersions: [1] });
    const stated = await statedSize(name);
    const size = await installedSize(prefix);
    expect(size, `docs/drivers/README.md states ${stated} MiB`).toBeLessThan(stated * 1.25);
    expect(size, `docs/drivers/README.md states ${stated} MiB`).toBeGreaterThan(stated * 0.75);
    // The command of the checkout finds its own drivers first, and tells of the others.
    const list = await execa(process.execPath, [MAIN, 'driver', 'list'], plain(prefix));
    expect(list.stdout).toContain(program);
    const info = await execa(process.execPath, [MAIN, 'driver', 'info', program], plain(prefix));
    expect(info.stdout).toMatch(new RegExp(`^path +${program}$`, 'm'));
    if (name === 's3') await servesFrom(join(prefix, 'bin'));
  },
);

/** Twice as large. */
const COMMANDS = isFull ? ['cli'] : [];

test.each(COMMANDS)(
  'the command (%s) that is installed beside a driver finds it',
  { timeout: INSTALL_MS },
  async (folder) => {
    const prefix = await temporaryDirectory();
    await install([folder, 'plugin-s3'], prefix);
    const list = await execa(programIn(prefix, 'outrigger'), ['driver', 'list'], plain(prefix));
    const program = programIn(prefix, 'registry-storage-s3');
    expect(list.stdout).toMatch(new RegExp(`^s3 +0\\.1\\.0 +${program}$`, 'm'));
  },
);

/** A registry on S3, with the driver of a directory of drivers. */
async function servesFrom(directory: string): Promise<void> {
  const command = locate('versitygw');
  if (typeof command !== 'string') throw new Error(command.missing);
  const server = await startVersitygw(command);
  onTestFinished(() => server.stop());
  const parameters = (await server.createStore()).parameters();
  const registry = await testRegistry({ driver: 's3', parameters, driverDirectories: [directory] });
  const socket = ['--socket', await controlSocket(registry.pid)];
  const status = await execa(process.execPath, [MAIN, 'driver', 'status', ...socket]);
  expect(status.stdout).toMatch(new RegExp(`^path +${join(directory, 'registry-storage-s3')}$`, 'm'));
  expect((await request(`${registry.url}/v2/_catalog`)).status).toBe(200);
}

/** Packs packages and those of ours that they need, and installs them as somebody else would: without this checkout. */
async function install(folders: readonly string[], prefix: string): Promise<void> {
  const tarballs = await temporaryDirectory();
  const closure = new Set<string>();
  for (const folder of folders) await addClosure(folder, closure);
  const packed: string[] = [];
  for (const folder of closure) packed.push(await pack(folder, tarballs));
  // Scripts of packages do not run: no driver needs one.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await execa('npm', ['install', '--global', '--prefix', prefix, ...flags, ...packed], { cwd: prefix });
}

/** @returns the path of the tarball */
async function pack(folder: string, directory: string): Promise<string> {
  const { stdout } = await execa('pnpm', ['pack', '--json', '--pack-destination', directory], {
    cwd: fromRoot(`packages/${folder}`),
    preferLocal: true,
    localDir: ROOT,
  });
  const { filename } = JSON.parse(stdout) as { filename: string };
  return filename;
}

interface Package {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function readPackage(folder: string): Promise<Package> {
  return JSON.parse(await readFile(fromRoot(`packages/${folder}/package.json`), 'utf8')) as Package;
}

async function findPackages(): Promise<ReadonlyMap<string, string>> {
  const folders = await readdir(fromRoot('packages'));
  const named = await Promise.all(
    folders.map(async (folder) => [(await readPackage(folder)).name, folder] as const),
  );
  return new Map(named);
}

/** A package and those of ours that it depends on, by their folders. */
async function addClosure(folder: string, found: Set<string>): Promise<void> {
  if (found.has(folder)) return;
  found.add(folder);
  for (const name of Object.keys((await readPackage(folder)).dependencies ?? {})) {
    const other = WORKSPACE.get(name);
    if (other !== undefined) await addClosure(other, found);
  }
}

function programIn(prefix: string, name: string): string {
  return join(prefix, 'bin', name);
}

/** Only the prefix, the Node that runs the tests, and what the system has. */
function plain(prefix: string) {
  const { XDG_RUNTIME_DIR, HOME = '/' } = process.env;
  const PATH = [join(prefix, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  const env = { PATH, HOME, ...(XDG_RUNTIME_DIR === undefined ? {} : { XDG_RUNTIME_DIR }) };
  return { cwd: prefix, env, extendEnv: false } as const;
}

/** In MiB, as the file system has it. */
async function installedSize(prefix: string): Promise<number> {
  const { stdout } = await execa('du', ['-sk', join(prefix, 'lib')]);
  return Number(stdout.split('\t')[0]) / 1024;
}

/** In the row of the driver: `| [s3](s3.md) | … | 69 MiB |`. */
async function statedSize(name: string): Promise<number> {
  const page = await readFile(fromRoot('docs/drivers/README.md'), 'utf8');
  const row = page.split('\n').find((line) => line.startsWith(`| [${name}](`));
  const stated = /\| (\d+) MiB +\|$/.exec(row ?? '')?.[1];
  if (stated === undefined) throw new Error(`docs/drivers/README.md does not say how large ${name} is`);
  return Number(stated);
}
