import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, it } from 'vitest';
import { registerIpcSuite } from '@outrigger/testsuite/vitest';
import { MAIN, fromRoot } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { makeTemporaryDirectory, temporaryDirectory } from '../harness/temporary-directory.js';
import { findTool, skipMissing } from '../harness/tool.js';

const cargo = findTool('cargo');
if (typeof cargo === 'string') await proveDriver();
else skipMissing('the driver in Rust', cargo);

async function proveDriver(): Promise<void> {
  const { executable, remove } = await build();
  afterAll(remove);
  registerIpcSuite('the driver in Rust', {
    executable,
    parameters: async () => ({ rootdirectory: await mkdtemp(join(tmpdir(), 'outrigger-rust-')) }),
    teardown: ({ rootdirectory }) => rm(String(rootdirectory), { recursive: true }),
  });

  it(
    'holds before outrigger driver test',
    async () => {
      const parameters = JSON.stringify({ rootdirectory: await temporaryDirectory() });
      const command = [MAIN, 'driver', 'test', executable, parameters, '--plane', 'file'];
      const { all, exitCode } = await execa(process.execPath, command, { reject: false, all: true });
      expect(all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
      expect(exitCode).toBe(0);
    },
    seconds(600),
  );
}

/** A copy: another checkout may build into the same cache meanwhile. */
async function build(): Promise<{ executable: string; remove: () => Promise<void> }> {
  const { stdout } = await execa(process.execPath, [fromRoot('scripts/sdk.mjs'), 'rust', 'build']);
  const { path, remove } = await makeTemporaryDirectory();
  const executable = join(path, basename(stdout.trim()));
  await copyFile(stdout.trim(), executable);
  return { executable, remove };
}
