import { join } from 'node:path';
import { cacheFor } from '../../e2e/tools/cache.mjs';

const rados = 'plugins/rados';
// Nothing is written into the checkout, and nothing that somebody has installed is found.
const env = { PYTHONDONTWRITEBYTECODE: '1', PYTHONNOUSERSITE: '1', PYTHONPATH: '' };
const example = join('examples', 'py-fs');

export const python = {
  language: 'python',
  needs: ['python-sdk'],
  steps: [
    ...lint(''),
    ...lint('rados ', rados),
    {
      ...step('test', 'pytest', '-q'),
      // Hundreds of processes are started, and only the first has to compile.
      env: {
        ...env,
        PYTHONPATH: `src:${join(example, 'src')}`,
        PYTHONDONTWRITEBYTECODE: '',
        PYTHONPYCACHEPREFIX: join(cacheFor('python'), 'bytecode'),
      },
    },
  ],
  /** Wheels, in an environment that has nothing else: what they need is in them. */
  build: ({ 'python-sdk': tools }, directory) => {
    const [wheels, venv] = ['wheels', 'venv'].map((part) => join(directory, part));
    const wheel = (project) => [tools, 'build', '--wheel', '--no-isolation', '--outdir', wheels, project];
    const install = ['-m', 'pip', 'install', '--quiet', '--no-index', '--find-links', wheels];
    const packages = ['outrigger-storage', 'registry-storage-py-fs'];
    return {
      commands: [
        wheel('.'),
        wheel(example),
        [tools, 'venv', venv],
        [join(venv, 'bin', 'python'), ...install, ...packages],
      ],
      env,
      executable: join(venv, 'bin', 'registry-storage-py-fs'),
    };
  },
};

function lint(prefix, directory) {
  return [
    { ...step(`${prefix}ruff`, 'ruff', 'check', '--no-cache', '.'), directory },
    { ...step(`${prefix}format`, 'ruff', 'format', '--no-cache', '--check', '.'), directory },
    { ...step(`${prefix}mypy`, 'mypy', '--cache-dir', '/dev/null'), directory },
  ];
}

function step(name, ...args) {
  return { name, env, command: ({ 'python-sdk': tools }) => [tools, ...args] };
}
