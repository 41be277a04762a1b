// What cargo has to say about sdks/rust: `node scripts/sdk-rust.mjs [build]`. Builds go into the cache outside of the clone.
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = resolve(process.env.OUTRIGGER_CACHE || join(homedir(), '.cache', 'outrigger'), 'cargo');

const STEPS = {
  test: [
    ['fmt', '--check'],
    ['clippy', '--locked', '--all-targets', '--all-features', '--', '-D', 'warnings'],
    ['test', '--locked', '--quiet'],
  ],
  // Prints where the example driver is.
  build: [['build', '--locked', '--release', '--quiet', '--package', 'registry-storage-rs-fs']],
};

const what = process.argv[2] ?? 'test';
for (const step of STEPS[what]) cargo(step);
if (what === 'build') console.log(join(cache, 'release', 'registry-storage-rs-fs'));

function cargo(args) {
  const { status, error } = spawnSync('cargo', args, {
    cwd: join(root, 'sdks', 'rust'),
    env: { ...process.env, CARGO_TARGET_DIR: cache },
    stdio: ['ignore', what === 'build' ? 2 : 1, 2],
  });
  if (error) console.error(`cargo: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
