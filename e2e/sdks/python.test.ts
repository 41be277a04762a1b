import { spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAIN, fromRoot } from '../harness/paths.js';
import { scaled, seconds } from '../harness/scale.js';
import { makeTemporaryDirectory } from '../harness/temporary-directory.js';

const IS_NEW_ENOUGH = 'import sys; sys.exit(sys.version_info < (3, 10))';
const inCi = process.env.CI === 'true';
const isThere = spawnSync('python3', ['-c', IS_NEW_ENOUGH]).status === 0;
// In CI nothing may be missing: there these tests run, and fail.
const missing = isThere || inCi ? undefined : 'there is no python3 of version 3.10 or later';

describe.skipIf(missing !== undefined)(
  `drivers in Python, from wheels${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    let directory = '';
    let remove: (() => Promise<void>) | undefined;
    let driver = '';

    beforeAll(async () => {
      ({ path: directory, remove } = await makeTemporaryDirectory());
      driver = await build(directory);
    }, seconds(600));
    afterAll(() => remove?.());

    test(
      'py-fs holds before outrigger driver test on every plane',
      async () => {
        await holds(driver, { rootdirectory: join(directory, 'store') });
      },
      seconds(1800),
    );

    test.runIf(scaled(false, true))(
      'an asyncio driver holds on every plane',
      async () => {
        const program = fromRoot('sdks/python/examples/async_memory/async_memory.py');
        const command = join(directory, 'registry-storage-async-memory');
        await writeFile(command, `#!/bin/sh\nexec '${dirname(driver)}/python' '${program}' "$@"\n`);
        await chmod(command, 0o755);
        await holds(command, {});
      },
      seconds(1800),
    );
  },
);

/** The path of the driver, in an environment of its own below the directory. */
async function build(directory: string): Promise<string> {
  const script = [fromRoot('scripts/sdk-python.mjs'), 'build', directory];
  const built = await execa(process.execPath, script, { reject: false, all: true });
  expect(built.exitCode, built.all).toBe(0);
  return built.stdout.trim();
}

async function holds(command: string, parameters: Record<string, unknown>): Promise<void> {
  const args = [MAIN, 'driver', 'test', command, JSON.stringify(parameters)];
  const options = { reject: false, all: true, timeout: seconds(1700) } as const;
  const { exitCode, all } = await execa(process.execPath, args, options);
  expect(all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
  expect(exitCode).toBe(0);
}
