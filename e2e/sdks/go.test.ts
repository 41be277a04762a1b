import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { registerIpcSuite } from '@outrigger/testsuite/vitest';
import { MAIN } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { skipMissing } from '../harness/tool.js';
import { goDriver } from './go-driver.js';

const title = 'the driver in Go';
const driver = await goDriver();
if (typeof driver === 'string') proveDriver(driver);
else skipMissing(title, driver);

function proveDriver(executable: string): void {
  registerIpcSuite(title, {
    executable,
    parameters: async () => ({ rootdirectory: await mkdtemp(join(tmpdir(), 'outrigger-go-')) }),
    teardown: ({ rootdirectory }) => rm(String(rootdirectory), { recursive: true }),
  });

  test(
    `${title} holds before outrigger driver test`,
    async () => {
      const rootdirectory = await temporaryDirectory();
      const flags = [executable, JSON.stringify({ rootdirectory }), '--plane', 'file'];
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
