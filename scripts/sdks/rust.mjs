import { join } from 'node:path';
import { cacheFor } from '../../e2e/tools/cache.mjs';

const target = cacheFor('cargo');
const env = { CARGO_TARGET_DIR: target };

export const rust = {
  language: 'rust',
  needs: ['cargo', 'cargo-fmt', 'cargo-clippy'],
  steps: [
    step('fmt', '--check'),
    step('clippy', '--locked', '--all-targets', '--all-features', '--', '-D', 'warnings'),
    step('test', '--locked', '--all-features', '--quiet'),
  ],
  /** A copy: another checkout may build into the same cache meanwhile. */
  build: ({ cargo }, directory) => {
    const executable = join(directory, 'registry-storage-rs-fs');
    const flags = ['--locked', '--release', '--quiet', '--package', 'registry-storage-rs-fs'];
    return {
      commands: [
        [cargo, 'build', ...flags],
        ['cp', join(target, 'release', 'registry-storage-rs-fs'), executable],
      ],
      env,
      executable,
    };
  },
};

function step(name, ...flags) {
  return { name, env, command: ({ cargo }) => [cargo, name, ...flags] };
}
