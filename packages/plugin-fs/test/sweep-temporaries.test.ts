import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sweepTemporaries } from '../src/sweep-temporaries.js';

const DAY_MS = 24 * 3_600_000;
const UUID = '01234567-89ab-cdef-0123-456789abcdef';

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'outrigger-sweep-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('temporary files of more than a day go; nothing else, and nothing behind a link', async () => {
  const [root, outside] = [await directory(), await directory()];
  const below = join(root, 'docker', 'blobs');
  await mkdir(below, { recursive: true });
  const old = new Date(Date.now() - 2 * DAY_MS);
  const put = async (path: string, time?: Date) => {
    await writeFile(path, 'x');
    if (time !== undefined) await utimes(path, time, time);
  };
  await put(join(below, `data.${UUID}.tmp`), old);
  await put(join(root, `link.${UUID}.tmp`), old);
  await put(join(below, `young.${UUID}.tmp`));
  await put(join(below, 'data'), old);
  await put(join(below, 'mine.tmp'), old);
  await put(join(outside, `data.${UUID}.tmp`), old);
  await symlink(outside, join(below, 'elsewhere'));
  expect(await sweepTemporaries(root, DAY_MS)).toBe(2);
  expect((await readdir(below)).sort()).toEqual(['data', 'elsewhere', 'mine.tmp', `young.${UUID}.tmp`]);
  expect(await readdir(outside)).toHaveLength(1);
  expect(await sweepTemporaries(join(root, 'gone'), DAY_MS)).toBe(0);
});
