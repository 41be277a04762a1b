import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT } from '../../exit-codes.js';
import { CommandError } from '../../failure.js';

/**
 * Where certificates and the key of the account are kept: the directory of `autocert.DirCache` in Go, file by file, so that
 * Distribution finds there what it needs, and the other way round. Several processes may use it.
 */
export interface CacheDirectory {
  /** The path of a file, for what is done to it as a file. */
  at(name: string): string;
  /** Undefined: there is no such file. */
  get(name: string): Promise<string | undefined>;
  /** Whole or not at all; nobody but the owner can read it. */
  put(name: string, text: string): Promise<void>;
  delete(name: string): Promise<void>;
}

/**
 * Makes the directory if it is not there.
 *
 * @throws CommandError with one line, when it cannot be used
 */
export async function openCache(directory: string): Promise<CacheDirectory> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = codeOf(error);
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'is not a directory' : 'cannot be used';
    throw new CommandError(
      `http.tls.letsencrypt.cachefile: ${directory} ${why}: ${code}`,
      EXIT.config,
      error,
    );
  }
  // Names are those of hosts that the configuration allows, or our own: they have no slashes.
  const at = (name: string) => join(directory, name);
  return {
    at,
    async get(name) {
      try {
        return await readFile(at(name), 'utf8');
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    put: (name, text) => replace(at(name), text),
    delete: (name) => rm(at(name), { force: true }),
  };
}

async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
