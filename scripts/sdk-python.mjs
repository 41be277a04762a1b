// What Python has to say about sdks/python and plugins/rados: `node scripts/sdk-python.mjs [build <directory>]`. Its tools are pinned,
// and installed into the cache of e2e/tools, outside of the clone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedCommand, discard } from '../e2e/tools/cache.mjs';
import { PYTHON_SDK } from '../e2e/tools/catalogue.mjs';
import { probe } from '../e2e/tools/probe.mjs';
import { installWithVenv } from '../e2e/tools/venv.mjs';
import { add, capture, check, fail, finish, skip } from './sdk-results.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sdk = join(root, 'sdks', 'python');
const example = join(sdk, 'examples', 'py-fs');
const rados = join(root, 'plugins', 'rados');
const name = 'sdk python';

const tools = cachedCommand(PYTHON_SDK);
// Nothing is written into the clone, and nothing that somebody has installed is found.
const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONNOUSERSITE: '1', PYTHONPATH: '' };

if (process.argv[2] === 'build') await build(process.argv[3]);
else await test();

async function test() {
  const missing = obstacle();
  if (missing && process.env.CI !== 'true') skip(name, missing);
  else if (missing) fail(name, 1, missing);
  else await testWithTools();
  finish();
}

async function testWithTools() {
  try {
    await prepareTools();
  } catch (error) {
    fail(`${name}: tools`, 1, error.message);
    return;
  }
  for (const cwd of [sdk, rados]) {
    const what = cwd === sdk ? name : 'rados';
    check(`${what}: ruff check`, tools, ['ruff', 'check', '--no-cache', '.'], { cwd, env });
    check(`${what}: ruff format`, tools, ['ruff', 'format', '--no-cache', '--check', '.'], { cwd, env });
    check(`${what}: mypy`, tools, ['mypy', '--cache-dir', '/dev/null'], { cwd, env });
  }
  const directory = mkdtempSync(join(tmpdir(), 'outrigger-python-'));
  try {
    pytest(join(directory, 'bytecode'));
    wheels(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function obstacle() {
  const isNewEnough = 'import sys; sys.exit(sys.version_info < (3, 10))';
  return capture('python3', ['-c', isNewEnough]).status === 0
    ? ''
    : 'there is no python3 of version 3.10 or later';
}

async function prepareTools() {
  if ((await probe(PYTHON_SDK, tools)).version) return;
  discard(PYTHON_SDK);
  await installWithVenv(PYTHON_SDK);
}

/** Its tests are counted one by one. They start hundreds of processes, and only the first has to compile. */
function pytest(bytecode) {
  const sources = [sdk, example].map((project) => join(project, 'src')).join(delimiter);
  const { status, output } = capture(tools, ['pytest', '-q'], {
    cwd: sdk,
    env: { ...env, PYTHONPATH: sources, PYTHONDONTWRITEBYTECODE: '', PYTHONPYCACHEPREFIX: bytecode },
  });
  const told = (pattern) =>
    [...output.matchAll(pattern)].map(([, test, reason]) => ({ name: `${name}: ${test}`, reason }));
  const failed = told(/^(?:FAILED|ERROR) (.+?)(?: - (.*))?$/gm).map(({ reason = 'see above', ...rest }) => ({
    ...rest,
    reason,
  }));
  const skipped = told(/^SKIPPED \[\d+\] (\S+): (.*)$/gm);
  const passed = Number(/(\d+) passed/.exec(output)?.[1] ?? 0);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}: ${passed} of ${passed + failed.length} tests`);
  if (status !== 0) console.log(output);
  add({ passed, failed, skipped });
  if ((status !== 0 && failed.length === 0) || (status === 0 && passed === 0))
    fail(`${name}: pytest`, status, output);
}

/** In an environment that has nothing else: what the wheels need is in them. */
function wheels(directory) {
  try {
    check(`${name}: the driver from its wheel`, install(directory), ['--describe'], { env });
  } catch (error) {
    fail(`${name}: wheels`, 1, error.message);
  }
}

/** Prints where the example driver is, which is put into the directory. */
async function build(directory) {
  const missing = obstacle();
  if (missing) throw new Error(missing);
  await prepareTools();
  console.log(install(directory));
}

/** Builds the wheels and installs them into an empty environment, as anybody would, without a network. */
function install(directory) {
  const [found, venv] = ['wheels', 'venv'].map((part) => join(directory, part));
  for (const project of [sdk, example])
    run(tools, ['build', '--wheel', '--no-isolation', '--outdir', found, project]);
  run(tools, ['venv', venv]);
  const packages = ['outrigger-storage', 'registry-storage-py-fs'];
  run(join(venv, 'bin', 'python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-index',
    '--find-links',
    found,
    ...packages,
  ]);
  return join(venv, 'bin', 'registry-storage-py-fs');
}

function run(command, args) {
  const { status, output } = capture(command, args, { env });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${output}`);
}
