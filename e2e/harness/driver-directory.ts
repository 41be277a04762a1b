import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILESYSTEM_DRIVER, fromRoot } from './paths.js';
import { temporaryDirectory } from './temporary-directory.js';

/** Makes a directory below `parent` with one executable `registry-storage-<name>`, a shell script. */
export async function driverDirectory(parent: string, name: string, script: string): Promise<string> {
  const directory = join(parent, 'drivers');
  await mkdir(directory, { mode: 0o755 });
  const file = join(directory, `registry-storage-${name}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return directory;
}

/** A script that becomes one of the drivers in e2e/drivers. */
export function runDriver(name: 'chaos' | 'stubborn' | 'chatty' | 'foreign' | 'versioned'): string {
  return `exec '${process.execPath}' '${fromRoot(`e2e/drivers/${name}.mjs`)}' "$@"`;
}

/** A script that becomes the real filesystem driver. */
export const RUN_FILESYSTEM = `exec '${process.execPath}' '${FILESYSTEM_DRIVER}' "$@"`;

/** What is wrong with a {@link breakableDriver} at the moment. */
export interface Breakable {
  readonly directory: string;
  break(): Promise<void>;
  heal(): Promise<void>;
}

/** The filesystem driver under another name, which can be made to end at every start, and healed. */
export async function breakableDriver(name: string): Promise<Breakable> {
  const parent = await temporaryDirectory();
  const flag = join(parent, 'broken');
  const fail = `if [ "$1" != --describe ] && [ -e '${flag}' ]; then echo 'the disk array does not answer' >&2; exit 3; fi`;
  return {
    directory: await driverDirectory(parent, name, `${fail}\n${RUN_FILESYSTEM}`),
    break: () => writeFile(flag, ''),
    heal: () => rm(flag),
  };
}
