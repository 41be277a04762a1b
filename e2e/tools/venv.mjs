// Puts Python packages and our program over them into the cache.
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installAtomically } from './cache.mjs';
import { runOrThrow } from './run.mjs';

// Found from its own place, since the folder is renamed after the build.
const LAUNCHER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")/..
exec "$here/venv/bin/python" -B "$here/program.py" "$@"
`;

export function installWithVenv(tool) {
  return installAtomically(tool, async (folder) => {
    const venv = join(folder, 'venv');
    await runOrThrow('python3', ['-m', 'venv', venv]);
    await runOrThrow(join(venv, 'bin', 'python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--requirement',
      tool.source,
    ]);
    copyFileSync(tool.wrapper, join(folder, 'program.py'));
    writeLauncher(join(folder, 'bin'), tool.name);
  });
}

function writeLauncher(folder, name) {
  mkdirSync(folder);
  writeFileSync(join(folder, name), LAUNCHER);
  chmodSync(join(folder, name), 0o755);
}
