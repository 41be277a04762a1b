import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { InvalidStorageDriverError } from './driver-errors.js';
import { executableName, isDriverName } from './driver-name.js';

/** An executable that a name led to. */
export interface FoundExecutable {
  /** Where it was found. */
  readonly path: string;
  /** The file that this resolves to, and that is run. */
  readonly realPath: string;
}

export interface SearchOptions {
  readonly driverDirectories?: readonly string[] | undefined;
  readonly pathLookup?: boolean | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * The executable of a driver: the first of the configured directories that has it, then the PATH.
 *
 * @throws InvalidStorageDriverError when there is none, or the name is not one
 */
export async function discover(name: string, options: SearchOptions): Promise<FoundExecutable> {
  if (!isDriverName(name)) throw new InvalidStorageDriverError(name, []);
  const searched: string[] = [];
  for (const directory of searchDirectories(options)) {
    const path = join(directory, executableName(name));
    const problem = await whyNotExecutable(path);
    if (problem === undefined) return { path, realPath: await realpath(path) };
    searched.push(problem === 'absent' ? directory : `${directory} (${problem})`);
  }
  throw new InvalidStorageDriverError(name, searched);
}

/**
 * An executable that somebody named by its path, from the command line only: a configuration names drivers.
 *
 * @throws InvalidStorageDriverError when nothing executable is there
 */
export async function locate(path: string): Promise<FoundExecutable> {
  const absolute = resolve(path);
  const problem = await whyNotExecutable(absolute);
  if (problem !== undefined) throw new InvalidStorageDriverError(path, [`${absolute} (${problem})`]);
  return { path: absolute, realPath: await realpath(absolute) };
}

/** In order, each once. An entry that is empty or relative would make the working directory a source of programs. */
export function searchDirectories(options: SearchOptions): string[] {
  const { driverDirectories = [], pathLookup = true, environment = process.env } = options;
  const fromPath = pathLookup ? (environment.PATH ?? '').split(delimiter) : [];
  return [...new Set([...driverDirectories, ...fromPath].filter(isAbsolute))];
}

async function whyNotExecutable(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'not a file';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'absent' : code;
  }
  return access(path, constants.X_OK).then(
    () => undefined,
    () => 'not executable',
  );
}
