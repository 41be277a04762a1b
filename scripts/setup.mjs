// Makes a bare clone ready: installs when the lockfile changed, builds when a source changed, otherwise does nothing.
// Runs on the Node that the machine has (18 or newer) and therefore without any dependency.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const node = join(modules, 'node', 'bin', 'node');

process.chdir(root);
install();
build();

function install() {
  const stamp = { file: join(modules, '.outrigger-installed'), value: installHash() };
  if (isCurrent(stamp) && existsSync(node)) return;
  const pnpm = `pnpm@${readJson('package.json').devDependencies.pnpm}`;
  step('installing dependencies', 'npx', [
    '-y',
    pnpm,
    'install',
    '--frozen-lockfile',
    '--config.confirmModulesPurge=false',
  ]);
  if (!existsSync(node)) fail(`the package "node" brought no binary for ${process.platform}-${process.arch}`);
  writeFileSync(stamp.file, stamp.value);
}

function build() {
  const stamp = { file: join(modules, '.outrigger-built'), value: sourceHash() };
  if (isCurrent(stamp) && packages().every(isBuilt)) return;
  step('building', node, [join('node_modules', 'typescript', 'bin', 'tsc'), '--build']);
  linkCommands();
  writeFileSync(stamp.file, stamp.value);
}

/** Puts the commands of our own packages beside those of the dependencies, where npm and pnpm scripts have their PATH. */
function linkCommands() {
  for (const dir of packages()) {
    for (const [name, target] of Object.entries(readJson(join(dir, 'package.json')).bin ?? {})) {
      const link = join(modules, '.bin', name);
      if (!existsSync(join(dir, target))) continue;
      chmodSync(join(dir, target), 0o755);
      rmSync(link, { force: true });
      symlinkSync(relative(dirname(link), join(root, dir, target)), link);
    }
  }
}

function installHash() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** Sizes and times instead of contents: a start must not read every source. */
function sourceHash() {
  const hash = createHash('sha256').update(installHash());
  const configs = ['tsconfig.json', 'tsconfig.base.json'];
  for (const dir of packages()) configs.push(join(dir, 'tsconfig.json'), join(dir, 'package.json'));
  for (const file of [...configs, ...packages().flatMap((dir) => filesBelow(join(dir, 'src')))]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** The directories that the root tsconfig.json builds. */
function packages() {
  return readJson('tsconfig.json').references.map(({ path }) => path);
}

function isBuilt(dir) {
  return existsSync(join(dir, 'dist')) || !existsSync(join(dir, 'src'));
}

function filesBelow(dir) {
  if (!existsSync(dir)) return [];
  const entries = readdirSync(dir, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function isCurrent({ file, value }) {
  return existsSync(file) && readFileSync(file, 'utf8') === value;
}

function step(what, command, args) {
  process.stdout.write(`outrigger: ${what} ... `);
  const start = Date.now();
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (result.status === 0) {
    process.stdout.write(`done in ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stdout.write('failed\n');
  const reason =
    result.error?.message ?? (result.signal ? `ended by ${result.signal}` : `exit code ${result.status}`);
  fail(
    `${result.stdout ?? ''}${result.stderr ?? ''}\n${[command, ...args].join(' ')}: ${reason}`,
    result.status ?? 1,
  );
}

function fail(message, code = 1) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
