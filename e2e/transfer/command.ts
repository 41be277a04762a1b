import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SECRET } from '../harness/start-registry.js';
import { MAIN } from '../harness/paths.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';

/** Writes the configuration of a store that no registry serves yet, and answers its file. */
export async function writeConfig(
  storage: Readonly<Record<string, unknown>>,
  outrigger: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const file = join(await temporaryDirectory(), 'config.yml');
  const sections = {
    http: { addr: '127.0.0.1:0', secret: SECRET },
    outrigger: { profile: 'strict', ...outrigger },
  };
  await writeFile(file, JSON.stringify({ version: '0.1', storage, ...sections }));
  return file;
}

/** The command as a process of its own. */
export function startOutrigger(args: readonly string[], cwd?: string) {
  const { PATH = '', HOME = '/' } = process.env;
  return execa(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH: `${dirname(process.execPath)}:${PATH}`, HOME },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
}

/**
 * Runs it to its end.
 *
 * @returns what it printed on stdout
 * @throws Error with all that it printed, when it fails
 */
export async function outrigger(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await startOutrigger(args);
  if (exitCode !== 0) throw new Error(`outrigger ${args.join(' ')}: ${exitCode}\n${stdout}\n${stderr}`);
  return stdout;
}
