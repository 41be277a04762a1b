// Takes one program out of a Debian package into the cache. Nothing is installed: the package's service, which would
// start at once and take a port, is not wanted.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { updateLists } from './apt.mjs';
import { installAtomically } from './cache.mjs';
import { run, runOrThrow } from './run.mjs';

export function installWithDeb(tool) {
  return installAtomically(tool, async (folder) => {
    const work = join(folder, 'package');
    mkdirSync(work);
    // `_apt` may not write here, and apt-get warns of it; `sh` gives it the folder to put the file in.
    const download = [
      '-c',
      'cd "$1" && apt-get download -qq "$2"',
      'sh',
      work,
      `${tool.source}=${tool.version}*`,
    ];
    if ((await run('sh', download)).code !== 0) {
      await updateLists();
      await runOrThrow('sh', download);
    }
    const [file] = readdirSync(work).filter((name) => name.endsWith('.deb'));
    await runOrThrow('dpkg-deb', ['-x', join(work, file), join(work, 'root')]);
    mkdirSync(join(folder, 'bin'));
    copyFileSync(join(work, 'root', 'usr', 'bin', tool.name), join(folder, 'bin', tool.name));
    rmSync(work, { recursive: true });
  });
}
