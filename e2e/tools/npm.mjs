// Puts one program of an npm package into the cache. No script of a package runs.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installAtomically } from './cache.mjs';
import { runOrThrow } from './run.mjs';

const QUIET = [
  '--ignore-scripts',
  '--omit=dev',
  '--no-audit',
  '--no-fund',
  '--no-package-lock',
  '--loglevel=error',
];

export function installWithNpm(tool) {
  return installAtomically(tool, async (folder) => {
    await runOrThrow('npm', ['install', ...QUIET, '--prefix', folder, `${tool.source}@${tool.version}`]);
    mkdirSync(join(folder, 'bin'));
    const command = join(folder, 'bin', tool.name);
    writeFileSync(command, launcher(tool));
    chmodSync(command, 0o755);
  });
}

// Found from its own place, since the folder is renamed after the build.
function launcher({ source, main }) {
  return `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")/..
exec node "$here/node_modules/${source}/${main}" "$@"
`;
}
