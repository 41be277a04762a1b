import { execa } from 'execa';
import { expect, test } from 'vitest';
import { MAIN, fromRoot } from '../harness/paths.js';
import { seconds } from '../harness/scale.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { useTool } from '../harness/tool.js';

test(
  'the driver in shell holds before outrigger driver test',
  async (context) => {
    useTool(context, 'jq');
    const driver = fromRoot('examples/shell/registry-storage-sh-fs');
    const parameters = JSON.stringify({ rootdirectory: await temporaryDirectory() });
    const command = [MAIN, 'driver', 'test', driver, parameters, '--plane', 'inline'];
    const { all, exitCode } = await execa(process.execPath, command, { reject: false, all: true });
    expect(all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
    expect(exitCode).toBe(0);
  },
  seconds(1800),
);
