import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { registerIpcSuite } from '@outrigger/testsuite/vitest';
import { MAIN, fromRoot } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';

const inCi = process.env.CI === 'true';
const { failed: hasNoCargo } = await execa('cargo', ['--version'], { reject: false });

/** In CI nothing may be missing: the build fails then, and says why. */
if (hasNoCargo && !inCi) {
  describe('the driver in Rust', () => {
    it.skip('there is no cargo', () => undefined);
  });
} else {
  const build = await execa(process.execPath, [fromRoot('scripts/sdk.mjs'), 'rust', 'build']);
  const executable = build.stdout.trim();
  registerIpcSuite('the driver in Rust', {
    executable,
    parameters: async () => ({ rootdirectory: await mkdtemp(join(tmpdir(), 'outrigger-rust-')) }),
    teardown: ({ rootdirectory }) => rm(String(rootdirectory), { recursive: true }),
  });

  it(
    'holds before outrigger driver test',
    async () => {
      const rootdirectory = await mkdtemp(join(tmpdir(), 'outrigger-rust-'));
      const flags = [executable, JSON.stringify({ rootdirectory }), '--plane', 'file'];
      const run = await execa(process.execPath, [MAIN, 'driver', 'test', ...flags], {
        reject: false,
        all: true,
      });
      await rm(rootdirectory, { recursive: true });
      expect(run.all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
      expect(run.exitCode).toBe(0);
    },
    seconds(600),
  );
}
