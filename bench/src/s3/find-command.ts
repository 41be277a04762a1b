import { accessSync, constants, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The path of a program: what the variable OUTRIGGER_BENCH_<NAME> says, where the end-to-end tests have built it, or on the PATH. */
export function findCommand(name: string): string | undefined {
  const named = process.env[`OUTRIGGER_BENCH_${name.toUpperCase().replaceAll('-', '_')}`];
  if (named !== undefined) return isExecutable(named) ? named : undefined;
  const path = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, name));
  return [...builtTools(name), ...path].find(isExecutable);
}

function builtTools(name: string): string[] {
  const tools = join(process.env.OUTRIGGER_CACHE ?? join(homedir(), '.cache', 'outrigger'), 'tools');
  try {
    const folders = readdirSync(tools).filter((folder) => folder.startsWith(`${name}-`));
    return folders.map((folder) => join(tools, folder, 'bin', name));
  } catch {
    return []; // nothing was built
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
