// Takes one program out of a Debian package into the cache. Nothing is installed: the package's service, which would
// start at once and take a port, is not wanted.
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { updateLists } from './apt.mjs';
import { installAtomically } from './cache.mjs';
import { run, runOrThrow } from './run.mjs';

export function installWithDeb(tool) {
  return installAtomically(tool, async (folder) => {
    const work = join(folder, 'package');
    mkdirSync(work);
    await download(work, `${tool.source}=${tool.pin ?? tool.version}*`);
    for (const library of tool.libraries ?? []) await download(work, library);
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb')))
      await runOrThrow('dpkg-deb', ['-x', join(work, file), join(work, 'root')]);
    mkdirSync(join(folder, 'bin'));
    const program = join(work, 'root', 'usr', tool.folder ?? 'bin', tool.name);
    if (tool.libraries) wrap(tool.name, program, join(work, 'root'), folder);
    else copyFileSync(program, join(folder, 'bin', tool.name));
    rmSync(work, { recursive: true });
  });
}

/** `_apt` may not write here, and apt-get warns of it; `sh` gives it the folder to put the file in. */
async function download(work, wanted) {
  const command = ['-c', 'cd "$1" && apt-get download -qq "$2"', 'sh', work, wanted];
  if ((await run('sh', command)).code === 0) return;
  await updateLists();
  await runOrThrow('sh', command);
}

/** A program with shared libraries of its own, wherever the folder is. */
function wrap(name, program, root, folder) {
  for (const each of ['lib', 'libexec']) mkdirSync(join(folder, each));
  copyFileSync(program, join(folder, 'libexec', name));
  const libraries = readdirSync(root, { recursive: true, withFileTypes: true });
  for (const file of libraries)
    // What the names of versions lead to is in the same folder.
    if (/\.so\.\d+$/.test(file.name))
      copyFileSync(join(file.parentPath, file.name), join(folder, 'lib', file.name));
  const wrapper = [
    '#!/bin/sh',
    'here=$(dirname "$(dirname "$(readlink -f "$0")")")',
    'export LD_LIBRARY_PATH="$here/lib"',
    `exec "$here/libexec/${name}" "$@"`,
  ];
  writeFileSync(join(folder, 'bin', name), `${wrapper.join('\n')}\n`, { mode: 0o755 });
}
