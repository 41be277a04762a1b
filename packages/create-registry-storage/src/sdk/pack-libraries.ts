import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ScaffoldError } from '../scaffold-error.js';

/** What a driver depends on, and what that depends on: from a checkout npm would take no `workspace:` version. */
const LIBRARIES = ['driver', 'ipc', 'telemetry'];

/**
 * Packs the libraries of a checkout into `vendor` of a project.
 *
 * @returns for each package the dependency on its tarball
 */
export async function packLibraries(checkout: string, project: string): Promise<Map<string, string>> {
  const vendor = join(project, 'vendor');
  await mkdir(vendor);
  const packed = new Map<string, string>();
  for (const library of LIBRARIES) {
    const tarball = await pack(checkout, library, vendor);
    packed.set(`@outrigger/${library}`, `file:vendor/${basename(tarball)}`);
  }
  return packed;
}

async function pack(checkout: string, library: string, vendor: string): Promise<string> {
  const commands = join(checkout, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${commands}${delimiter}${process.env.PATH ?? ''}` };
  const args = ['pack', '--json', '--pack-destination', vendor];
  const { stdout } = await promisify(execFile)(join(commands, 'pnpm'), args, {
    cwd: join(checkout, 'packages', library),
    env,
  }).catch((cause: unknown) => {
    throw new ScaffoldError(`@outrigger/${library} of ${checkout} could not be packed`, { cause });
  });
  return (JSON.parse(stdout) as { filename: string }).filename;
}
