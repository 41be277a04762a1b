import { delimiter, dirname, join } from 'node:path';
import type { Language } from 'create-registry-storage';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { MAIN, ROOT, fromRoot } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';
import { cacheFor } from '../tools/cache.mjs';
import type { ToolName } from '../tools/locate.mjs';

interface Way {
  readonly language: Language;
  readonly tools: readonly ToolName[];
  /** What makes the program and tests it; what README.md says, in the short form without what needs large tools of its own. */
  readonly commands: readonly (readonly string[])[];
  /** What proves it at level core. */
  readonly proof: readonly string[];
  /** What removes what it left outside of the project. */
  readonly end?: readonly string[];
}

const isFull = process.env.OUTRIGGER_TEST === 'full';
const LINTERS = ['eslint', '@eslint/js', 'typescript-eslint'];
const npmFlags = ['--prefer-offline', '--fetch-retries=5', '--no-audit', '--no-fund', '--loglevel=error'];
/** Where the linters of sdks/python, which are there already, find what a project imports. */
const PYTHON = ['MYPYPATH', 'PYTHONPATH'].map((name) => `${name}=src:${fromRoot('sdks/python/src')}`);
const proof = ['make', 'conformance', isFull ? 'LEVELS=core socket' : 'LEVELS=core'];
const parameters = JSON.stringify({ bucket: 'test-bucket' });

const WAYS: readonly Way[] = [
  {
    language: 'ts',
    tools: [],
    commands: [
      // Its linter is the larger half; the template itself is linted with that of this repository.
      ...(isFull ? [] : [['npm', 'pkg', 'delete', ...LINTERS.map((name) => `devDependencies.${name}`)]]),
      ['npm', 'install', ...npmFlags],
      ['npm', 'run', 'build'],
      ['npm', 'run', 'unit'],
      ...(isFull
        ? [
            ['npm', 'run', 'lint'],
            ['npm', 'pack'],
          ]
        : []),
    ],
    proof: isFull
      ? ['npm', 'run', 'conformance']
      : [process.execPath, MAIN, 'driver', 'test', './dist/main.js', parameters, '--level', 'core'],
  },
  {
    language: 'go',
    tools: ['go', 'make'],
    commands: [
      ['go', 'mod', 'tidy'],
      ['make', 'unit', 'lint'],
    ],
    proof,
  },
  {
    language: 'python',
    tools: isFull ? ['python3', 'make'] : ['python3', 'make', 'python-sdk'],
    commands: [
      ['make', '.venv/installed'],
      ...(isFull
        ? [
            ['make', 'unit', 'lint', 'wheel', 'binary'],
            ['./dist/registry-storage-first-try', '--describe'],
          ]
        : [
            ['ruff', 'check'],
            ['ruff', 'format', '--check'],
            ['mypy', '--cache-dir', '/dev/null'],
            ['pytest', '-q'],
          ].map((check) => ['env', ...PYTHON, 'python-sdk', ...check])),
    ],
    proof,
  },
  {
    language: 'rust',
    tools: isFull ? ['cargo', 'cargo-fmt', 'cargo-clippy', 'make'] : ['cargo', 'make'],
    commands: [['make', 'unit'], ...(isFull ? [['make', 'lint', 'build']] : [])],
    proof,
    end: ['cargo', 'clean', '--quiet', '--package', 'registry-storage-first-try'],
  },
];

test.for(WAYS)(
  'a new driver in $language is built, passes its tests and reaches level core',
  { timeout: seconds(900) },
  async (way, context) => {
    const paths = way.tools.map((tool) => dirname(useTool(context, tool)));
    const directory = join(await temporaryDirectory(), 'project');
    const flags = ['--lang', way.language, '--directory', directory, '--sdk', ROOT];
    const made = await run(process.cwd(), {}, process.execPath, MAIN, 'driver', 'new', 'first-try', ...flags);
    expect(made).toMatch(/^The driver first-try is in .*project\. Next:$/m);
    const env = {
      PATH: [fromRoot('node_modules/.bin'), ...paths, process.env.PATH].join(delimiter),
      CARGO_TARGET_DIR: cacheFor('cargo'),
      CARGO_INCREMENTAL: '0',
      // A store in memory is no place for the long forms.
      OUTRIGGER_TEST: '',
    };
    for (const command of way.commands) await run(directory, env, ...command);
    expect(await run(directory, env, ...way.proof)).toMatch(/^ {2}core +reached, \d+ cases$/m);
    if (way.end !== undefined) await run(directory, env, ...way.end);
  },
);

/** @returns what the command printed, which has to succeed */
async function run(cwd: string, env: Record<string, string>, ...command: string[]): Promise<string> {
  const [file = '', ...args] = command;
  const { exitCode, all } = await execa(file, args, { cwd, env, all: true, reject: false });
  expect(exitCode, `${command.join(' ')}\n${all}`).toBe(0);
  return all;
}
