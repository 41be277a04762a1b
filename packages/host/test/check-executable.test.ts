import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkExecutable } from '../src/check-executable.js';
import { checkPin } from '../src/pin.js';

let directory = '';
let file = '';
const warnings: string[] = [];
beforeEach(async () => {
  directory = join(await realpath(await mkdtemp(join(tmpdir(), 'outrigger-check-'))), 'bin');
  file = join(directory, 'registry-storage-x');
  await mkdir(directory);
  await chmod(directory, 0o755);
  await writeFile(file, '#!/bin/sh\n');
  await chmod(file, 0o755);
  warnings.length = 0;
});
afterEach(async () => {
  await rm(join(directory, '..'), { recursive: true });
});

const check = (strict = false) =>
  checkExecutable(file, { driver: 'x', strict, warn: (message) => void warnings.push(message) });

describe('B9, S04: who else could have written it', () => {
  test('its own is fine', async () => {
    await check(true);
    expect(warnings).toEqual([]);
  });

  test.each([
    ['a world-writable file', () => chmod(file, 0o757), /registry-storage-x is world-writable/],
    ['a world-writable folder', () => chmod(directory, 0o1757), /bin is world-writable/],
    [
      'a world-writable parent',
      () => chmod(join(directory, '..'), 0o777),
      /outrigger-check-.* is world-writable/,
    ],
    ['a file without x', () => chmod(file, 0o644), /it is not executable/],
  ])('%s is refused', async (_what, prepare, reason) => {
    await prepare();
    await expect(check()).rejects.toMatchObject({ name: 'RefusedExecutableError', driver: 'x', path: file });
    await expect(check()).rejects.toThrow(reason);
  });

  test.each([
    ['file', () => chmod(file, 0o775)],
    ['folder', () => chmod(directory, 0o775)],
  ])('a group-writable %s warns, and is refused when strict', async (_what, prepare) => {
    await prepare();
    await check();
    expect(warnings).toEqual([expect.stringContaining('group-writable')]);
    await expect(check(true)).rejects.toThrow('group-writable');
  });

  test.runIf(process.getuid?.() === 0)('a file of another user is refused', async () => {
    await chown(file, 12345, 0);
    await expect(check()).rejects.toThrow('it belongs to user 12345');
  });

  test.runIf(process.getuid?.() === 0)(
    'a parent of another user, who can swap the folder, is refused',
    async () => {
      await chown(join(directory, '..'), 12345, 0);
      await expect(check()).rejects.toThrow(/outrigger-check-.* belongs to user 12345/);
    },
  );

  test('a directory is no executable', async () => {
    await rm(file);
    await mkdir(file);
    await expect(check()).rejects.toThrow('not a regular file');
  });

  test('the identity changes with the file', async () => {
    const before = await check();
    expect(await check()).toBe(before);
    await writeFile(file, '#!/bin/sh\n# new\n');
    expect(await check()).not.toBe(before);
  });
});

describe('B9: pins', () => {
  const digest = createHash('sha256').update('#!/bin/sh\n').digest('hex');

  test('of a file', async () => {
    await checkPin('x', file, `sha256:${digest}`);
    await checkPin('x', file, digest.toUpperCase());
    const other = 'a'.repeat(64);
    await expect(checkPin('x', file, `sha256:${other}`)).rejects.toThrow(
      `${file} is refused: its sha256 is ${digest}, pinned is ${other}`,
    );
  });

  test.each(['', 'sha512:00', 'sha256:xyz', `md5:${digest}`])('%j is no pin', async (pin) => {
    await expect(checkPin('x', file, pin)).rejects.toThrow('not of the form');
  });

  test('of a bundle: what the documented command prints', async () => {
    const bundle = join(directory, '..');
    await writeFile(join(bundle, 'package.json'), '{}');
    await mkdir(join(bundle, 'node_modules', 'a-b'), { recursive: true });
    await mkdir(join(bundle, 'node_modules', 'a'), { recursive: true });
    await writeFile(join(bundle, 'node_modules', 'a', 'ä index.js'), 'one');
    await writeFile(join(bundle, 'node_modules', 'a-b', 'index.js'), 'two');
    const command = 'find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum';
    const printed = execFileSync('/bin/sh', ['-c', command], { cwd: bundle, encoding: 'utf8' }).slice(0, 64);
    await checkPin('x', file, `bundle:sha256:${printed}`);
    await writeFile(join(bundle, 'node_modules', 'a', 'ä index.js'), 'changed');
    await expect(checkPin('x', file, `bundle:sha256:${printed}`)).rejects.toThrow("its bundle's sha256 is");
    await symlink('/etc/passwd', join(bundle, 'link'));
    await expect(checkPin('x', file, `bundle:sha256:${printed}`)).rejects.toThrow('symbolic links');
  });
});
