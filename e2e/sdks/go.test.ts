import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { registerIpcSuite } from '@outrigger/testsuite/vitest';
import { MAIN } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { skipMissing } from '../harness/tool.js';
import { goDriver, missing } from './go-driver.js';

const title = 'the driver in Go';
if (missing === undefined) await proveDriver();
else skipMissing(title, missing);

async function proveDriver(): Promise<void> {
  const { directory, executable } = await goDriver();
  const newStore = async () => ({ rootdirectory: await mkdtemp(join(directory, 'store-')) });

  registerIpcSuite(title, {
    executable,
    parameters: newStore,
    teardown: ({ rootdirectory }) => rm(String(rootdirectory), { recursive: true }),
  });

  test(
    `${title} holds before outrigger driver test`,
    async () => {
      const flags = [executable, JSON.stringify(await newStore()), '--plane', 'file'];
      const run = await execa(process.execPath, [MAIN, 'driver', 'test', ...flags], {
        reject: false,
        all: true,
      });
      expect(run.all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
      expect(run.exitCode).toBe(0);
    },
    seconds(600),
  );
}
