import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAIN, fromRoot } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { makeTemporaryDirectory } from '../harness/temporary-directory.js';
import { findTool } from '../harness/tool.js';

const SDK = fromRoot('sdks/python');
const SOURCES = [join(SDK, 'src'), join(SDK, 'examples/py-fs/src')].join(delimiter);
const PROJECTS = [SDK, join(SDK, 'examples/py-fs')];

const found = findTool('python-sdk');
const missing = typeof found === 'string' ? undefined : found.missing;
const python = typeof found === 'string' ? found : '';

/** A module of Python in the environment of the tool. Nothing is written into the checkout. */
function run(...args: string[]) {
  const env = { PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: SOURCES };
  return execa(python, args, { cwd: SDK, env, reject: false, all: true });
}

describe.skipIf(missing !== undefined)(`sdks/python${missing === undefined ? '' : `: ${missing}`}`, () => {
  test.each([
    ['ruff', 'check', '--no-cache', '.'],
    ['ruff', 'format', '--no-cache', '--check', '.'],
    ['mypy', '--cache-dir', '/dev/null'],
    ['pytest', '-q'],
  ])(
    'python -m %s %s',
    async (...args) => {
      const { exitCode, all } = await run(...args);
      expect(exitCode, all).toBe(0);
    },
    seconds(300),
  );
});

describe.skipIf(missing !== undefined)('registry-storage-py-fs, from its wheel', () => {
  let directory = '';
  let remove: (() => Promise<void>) | undefined;
  let driver = '';

  beforeAll(async () => {
    ({ path: directory, remove } = await makeTemporaryDirectory());
    driver = await installDriver(directory);
  }, seconds(120));
  afterAll(() => remove?.());

  test(
    'outrigger driver test holds on every plane',
    async () => {
      const parameters = JSON.stringify({ rootdirectory: join(directory, 'store') });
      const tested = await execa(process.execPath, [MAIN, 'driver', 'test', driver, parameters], {
        reject: false,
        all: true,
      });
      expect(tested.all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
      expect(tested.exitCode).toBe(0);
    },
    seconds(1800),
  );
});

/** Builds the wheels and installs them, as anybody would, without a network. */
async function installDriver(directory: string): Promise<string> {
  const wheels = join(directory, 'wheels');
  for (const project of PROJECTS) {
    const built = await run('build', '--wheel', '--no-isolation', '--outdir', wheels, project);
    expect(built.exitCode, built.all).toBe(0);
  }
  const venv = join(directory, 'venv');
  const made = await run('venv', venv);
  expect(made.exitCode, made.all).toBe(0);
  const packages = ['outrigger-storage', 'registry-storage-py-fs'];
  const flags = ['--quiet', '--no-index', '--find-links', wheels];
  await execa(join(venv, 'bin/python'), ['-m', 'pip', 'install', ...flags, ...packages]);
  return join(venv, 'bin/registry-storage-py-fs');
}
