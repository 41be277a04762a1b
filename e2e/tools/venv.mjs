// Puts Python packages and our program over them into the cache.
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installAtomically } from './cache.mjs';
import { runOrThrow } from './run.mjs';

// Found from its own place, since the folder is renamed after the build. A program in shell is started as it is.
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
    writeCommand(folder, tool);
  });
}

function writeCommand(folder, { name, wrapper }) {
  const command = join(folder, 'bin', name);
  mkdirSync(join(folder, 'bin'));
  if (wrapper.endsWith('.sh')) copyFileSync(wrapper, command);
  else {
    copyFileSync(wrapper, join(folder, 'program.py'));
    writeFileSync(command, LAUNCHER);
  }
  chmodSync(command, 0o755);
}
