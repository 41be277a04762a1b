import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEVEL_NAMES } from '@outrigger/testsuite';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';

const fromRoot = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('outrigger driver test --level', () => {
  it('runs the cases of that level, and writes the report and the badge', { timeout: 900_000 }, async () => {
    const directory = await temporaryDirectory();
    const [report, badge] = [join(directory, 'report.json'), join(directory, 'badge.svg')];
    const flags = ['--report', report, '--badge', badge, '--level', 'copy', 'isolatedWriters'];
    const { status, stdout, stderr } = await runCommand(['driver', 'test', 'inmemory', ...flags]);
    expect(stdout + stderr).toMatch(/\n {2}isolatedWriters {2}reached, \d+ cases\n/);
    expect(stdout).not.toMatch(/^ {2}core /m);
    expect(status).toBe(0);
    const { driver, levels, cases } = JSON.parse(await readFile(report, 'utf8')) as Record<string, unknown[]>;
    expect(driver).toMatchObject({ name: 'inmemory', testedPlanes: ['inline', 'socket'] });
    expect(levels).toContainEqual(expect.objectContaining({ level: 'copy', status: 'reached' }));
    expect(levels).toContainEqual(expect.objectContaining({ level: 'core', status: 'untested' }));
    expect(new Set(cases?.map((each) => (each as { id: string }).id))).toContain('copy.separate');
    expect(await readFile(badge, 'utf8')).toContain('copy · isolatedWriters');
  });

  it('fails when the driver does not reach it', { timeout: 900_000 }, async () => {
    const run = await runCommand(['driver', 'test', 'inmemory', '--level', 'redirectURL']);
    expect(run.stdout).toMatch(/^ {2}redirectURL {6}undeclared$/m);
    expect(run.stderr).toContain('not reached: redirectURL');
    expect(run.status).toBe(1);
  });

  it('says before the run that a file cannot be written', async () => {
    const path = join(await temporaryDirectory(), 'no', 'such', 'report.json');
    const { status, stdout, stderr } = await runCommand(['driver', 'test', 'inmemory', '--report', path]);
    expect(stderr).toContain(`${path} cannot be written`);
    expect([status, stdout]).toEqual([64, '']);
  });

  it('offers every level', async () => {
    const { stdout } = await runCommand(['driver', 'test', '--help']);
    const [, choices = ''] = /--level[^(]*\(choices:([^)]*)\)/.exec(stdout) ?? [];
    expect(choices.match(/\w+/g)).toEqual(LEVEL_NAMES);
  });
});

describe('the drivers that the protocol document prints', () => {
  it.for([
    ['a driver in 100 lines', 'packages/ipc/test/transcripts/example/main.ts'],
    ['the smallest driver', 'docs/drivers/example/smallest_driver.py'],
  ] as const)('%s reaches the level core', { timeout: 900_000 }, async ([, path], { skip }) => {
    skip(path.endsWith('.py') && !hasPython, 'there is no python3');
    const { status, stdout, stderr } = await runCommand([
      'driver',
      'test',
      fromRoot(path),
      '--level',
      'core',
    ]);
    expect(stdout + stderr).toMatch(/^ {2}core {13}reached, 1\d\d cases$/m);
    expect(status).toBe(0);
  });

  it('the first one has no more than 100 lines', async () => {
    const source = await readFile(fromRoot('packages/ipc/test/transcripts/example/main.ts'), 'utf8');
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(100);
  });
});
