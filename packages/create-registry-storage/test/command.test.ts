import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from './temporary-directory.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('create-registry-storage', () => {
  it('asks nothing when all is given, and names three commands', async () => {
    const cwd = await temporaryDirectory();
    const { status, stdout, stderr } = await run(['my-store', '--lang', 'python'], cwd);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^The driver my-store is in registry-storage-my-store\. Next:$/m);
    expect(stdout).toMatch(/^ {2}cd registry-storage-my-store\n {2}make .venv\/installed\n {2}make test$/m);
    expect(await readdir(cwd)).toEqual(['registry-storage-my-store']);
  });

  it.each([
    ['no language, where nobody can be asked', ['x'], /give a language: --lang ts\|go\|python\|rust/],
    ['no name', ['--lang', 'ts'], /give its name/],
    [
      'an unknown language',
      ['x', '--lang', 'cobol'],
      /no template for "cobol"; there are: ts, go, python, rust/,
    ],
    ['a bad name', ['X', '--lang', 'ts'], /"X" is no name of a driver/],
    ['two names', ['x', 'y', '--lang', 'ts'], /one name is enough/],
    ['an unknown option', ['x', '--colour'], /--colour/],
  ])('ends with 64 and a sentence for %s', async (_, args, sentence) => {
    const cwd = await temporaryDirectory();
    const { status, stderr } = await run(args, cwd);
    expect(status).toBe(64);
    expect(stderr).toMatch(sentence);
    expect(await readdir(cwd)).toEqual([]);
  });

  it('helps', async () => {
    const { status, stdout } = await run(['--help'], await temporaryDirectory());
    expect(status).toBe(0);
    for (const word of ['--lang', '--directory', '--sdk']) expect(stdout).toContain(word);
  });
});

function run(args: readonly string[], cwd: string) {
  return new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : error.code, stdout, stderr });
    });
    child.stdin?.end();
  });
}
