import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from 'create-registry-storage';
import { runCommand } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';

const BROKEN = fileURLToPath(new URL('../fixtures/registry-storage-broken', import.meta.url));

describe('outrigger', () => {
  it('tells its version', async () => {
    expect(await runCommand(['--version'])).toMatchObject({ status: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('helps, with the exit status of every failure', async () => {
    const { status, stdout } = await runCommand(['--help']);
    expect(status).toBe(0);
    for (const word of ['serve', 'driver', 'completion', '64', '69', '70', '78'])
      expect(stdout).toContain(word);
  });

  it.each([
    ['an unknown command', ['sail']],
    ['an unknown option', ['serve', '--fast']],
    ['an unknown plane', ['driver', 'test', 'inmemory', '--plane', 'pipe']],
    ['parameters that are not JSON', ['driver', 'test', 'inmemory', '{hunter2']],
    ['no command', []],
  ])('ends with 64 for %s', async (_, args) => {
    const { status, stderr } = await runCommand(args);
    expect(status).toBe(64);
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain('hunter2');
  });
});

describe('outrigger driver', () => {
  it('lists what is installed', async () => {
    const { status, stdout } = await runCommand(['driver', 'list']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^filesystem {2}0\.1\.0 {5}\/.*registry-storage-filesystem$/m);
    expect(stdout).toMatch(/^inmemory {4}0\.1\.0 {5}\/.*registry-storage-inmemory$/m);
  });

  it('tells path, version, capabilities, planes and parameters', async () => {
    const { status, stdout } = await runCommand(['driver', 'info', 'filesystem']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^version {6}0\.1\.0$/m);
    expect(stdout).toMatch(/^path {9}\/.*registry-storage-filesystem$/m);
    expect(stdout).toMatch(/^planes {7}.*file/m);
    expect(stdout).toMatch(/^capabilities .*isolatedWriters/m);
    expect(stdout).toMatch(/^ {2}rootdirectory \(path, default/m);
  });

  it('tells the same as JSON', async () => {
    const { stdout } = await runCommand(['driver', 'info', 'inmemory', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'inmemory', description: { protocolVersions: [1] } });
  });

  it('ends with 69 for one that is not there', async () => {
    const { status, stderr } = await runCommand(['driver', 'info', 'nosuch']);
    expect(status).toBe(69);
    expect(stderr).toContain('InvalidStorageDriverError');
  });
});

describe('outrigger driver test', () => {
  it.each([
    ['inmemory', []],
    ['filesystem', ['--plane', 'file']],
  ])('holds for %s', { timeout: 900_000 }, async (name, flags) => {
    const { status, stdout, stderr } = await runCommand(['driver', 'test', name, ...flags]);
    expect(stdout + stderr).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
    expect(status).toBe(0);
  });

  it('fails for a broken one', { timeout: 900_000 }, async () => {
    const { status, stdout } = await runCommand([
      'driver',
      'test',
      BROKEN,
      '--plane',
      'inline',
      '--reporter',
      'tap',
    ]);
    expect(stdout).toMatch(/^not ok /m);
    expect(stdout).toMatch(/^# \d+ passed, [1-9]\d* failed, \d+ skipped$/m);
    expect(status).toBe(1);
  });
});

describe('outrigger driver new', () => {
  it('writes a project, and names three commands', async () => {
    const cwd = await temporaryDirectory();
    const { status, stdout } = await runCommand(['driver', 'new', 'my-store', '--lang', 'rust'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}cd registry-storage-my-store\n {2}cargo fetch\n {2}make test$/m);
    expect(await readdir(join(cwd, 'registry-storage-my-store'))).toContain('Cargo.toml');
  });

  it.each([
    ['without a language', ['my-store'], /--lang/],
    [
      'an unknown language',
      ['my-store', '--lang', 'cobol'],
      new RegExp(`choices are ${LANGUAGES.join(', ')}`),
    ],
    ['a bad name', ['My', '--lang', 'ts'], /"My" is no name of a driver/],
    ['a directory that is not empty', ['x', '--lang', 'ts', '--directory', '.'], /is not empty/],
  ])('ends with 64 for %s', async (_, args, sentence) => {
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, 'notes'), 'mine');
    const { status, stderr } = await runCommand(['driver', 'new', ...args], { cwd });
    expect(status).toBe(64);
    expect(stderr).toMatch(sentence);
    expect(await readdir(cwd)).toEqual(['notes']);
  });
});

describe('outrigger completion', () => {
  it.each([
    ['', 'serve driver config completion'],
    ['config', 'check print schema'],
    ['driver', 'new test list info'],
    ['driver new', '--lang --directory --sdk'],
    ['driver test', '--plane --reporter'],
  ])('completes after "outrigger %s" in bash', async (line, expected) => {
    const { stdout } = await runCommand(['completion', 'bash']);
    const words = ['outrigger', ...line.split(' ').filter(Boolean), ''];
    const script = `${stdout}
COMP_WORDS=(${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${String(words.length - 1)}
_outrigger; echo "\${COMPREPLY[@]}"`;
    const { stdout: completed } = await promisify(execFile)('bash', ['-c', script]);
    const offered = completed.trim().split(' ');
    for (const word of expected.split(' ')) expect(offered).toContain(word);
  });

  it.each(['zsh', 'fish'])('has a script for %s', async (shell) => {
    const { status, stdout } = await runCommand(['completion', shell]);
    expect(status).toBe(0);
    expect(stdout).toContain('driver');
  });
});
