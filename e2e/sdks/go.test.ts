import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAIN, fromRoot } from '../harness/paths.js';
import { scaled, seconds } from '../harness/scale.js';
import { makeTemporaryDirectory } from '../harness/temporary-directory.js';

const SDK = fromRoot('sdks/go');
const inCi = process.env.CI === 'true';
const missing = spawnSync('go', ['version']).status === 0 ? undefined : 'there is no go on PATH';
// In CI nothing may be missing: there these tests run, and fail.
const isSkipped = missing !== undefined && !inCi;
const why = missing === undefined ? '' : `: ${missing}`;

/** `-race` needs a C compiler. */
const race = spawnSync('gcc', ['--version']).status === 0 ? ['-race'] : [];

/** A command with what it printed. The build cache is the user's, outside of the checkout. */
function run(cwd: string, command: string, args: readonly string[], env: Record<string, string> = {}) {
  return execa(command, args, { cwd, env, reject: false, all: true });
}

describe.skipIf(isSkipped)(`sdks/go${why}`, () => {
  test('is formatted', async () => {
    const { exitCode, all } = await run(SDK, 'gofmt', ['-l', '.']);
    expect(all).toBe('');
    expect(exitCode).toBe(0);
  });

  test.each([
    ['vet', './...'],
    ['test', ...race, './...'],
  ])(
    'go %s %s',
    async (...args) => {
      const { exitCode, all } = await run(SDK, 'go', args);
      expect(exitCode, all).toBe(0);
    },
    seconds(300),
  );
});

describe.skipIf(isSkipped)(`registry-storage-go-fs${why}`, () => {
  let directory = '';
  let remove: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    ({ path: directory, remove } = await makeTemporaryDirectory());
    const target = join(directory, 'registry-storage-go-fs');
    const { exitCode, all } = await run(SDK, 'go', ['build', '-o', target, './cmd/registry-storage-go-fs']);
    expect(exitCode, all).toBe(0);
  }, seconds(300));
  afterAll(() => remove?.());

  test(
    'outrigger driver test holds on every plane',
    async () => {
      const driver = join(directory, 'registry-storage-go-fs');
      const parameters = JSON.stringify({ rootdirectory: join(directory, 'store') });
      const tested = await run(directory, process.execPath, [MAIN, 'driver', 'test', driver, parameters]);
      expect(tested.all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
      expect(tested.exitCode).toBe(0);
    },
    seconds(600),
  );
});

// All of distribution has to be built for it: as for its registry, only CI and the long form of the tests do that.
const isWanted = inCi || scaled(false, true);
describe.skipIf(isSkipped || !isWanted)(`sdks/go/bridge${why}`, () => {
  test.each([
    ['vet', './...'],
    // Without it distribution's suite writes 5 GiB to each driver.
    ['test', '-short', './...'],
  ])(
    'go %s %s',
    async (...args) => {
      const { exitCode, all } = await run(join(SDK, 'bridge'), 'go', args, { CGO_ENABLED: '0' });
      expect(exitCode, all).toBe(0);
    },
    seconds(900),
  );
});
