import { join } from 'node:path';
import { cacheFor } from './cache.mjs';

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
  build: ({ cargo }) => ({
    command: [cargo, 'build', '--locked', '--release', '--quiet', '--package', 'registry-storage-rs-fs'],
    env,
    executable: join(target, 'release', 'registry-storage-rs-fs'),
  }),
};

function step(name, ...flags) {
  return { name, env, command: ({ cargo }) => [cargo, name, ...flags] };
}
