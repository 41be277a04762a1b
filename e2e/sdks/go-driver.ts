import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll } from 'vitest';
import { fromRoot } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { makeTemporaryDirectory } from '../harness/temporary-directory.js';

/** Why nothing can be built here. In CI nothing may be missing: there the build fails, and says why. */
export const missing =
  process.env.CI !== 'true' && spawnSync('go', ['version']).error !== undefined
    ? { missing: 'there is no go' }
    : undefined;

/** Builds our driver in Go before the tests of a file, and removes it after them. */
export async function goDriver(): Promise<{ readonly directory: string; readonly executable: string }> {
  const { path: directory } = await makeTemporaryDirectory();
  beforeAll(async () => {
    await execa(process.execPath, [fromRoot('scripts/sdk-go.mjs'), 'build', directory], { all: true });
  }, seconds(300));
  afterAll(() => rm(directory, { recursive: true }));
  return { directory, executable: join(directory, 'registry-storage-go-fs') };
}
