import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Environment } from '../config/overrides.js';

/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, the final NUL included; `registry-<pid>.sock` is in it. */
const LONGEST_DIRECTORY = 78;

/**
 * Where registries of this user can be found and told what to do: below XDG_RUNTIME_DIR, /run (root's) or the temporary
 * directory. The first comes first.
 */
export function controlDirectories(environment: Environment): string[] {
  const uid = String(process.getuid?.() ?? 0);
  return [
    ...[environment.XDG_RUNTIME_DIR ?? '']
      .filter(isAbsolute)
      .map((directory) => join(directory, 'outrigger')),
    ...(uid === '0' ? ['/run/outrigger'] : []),
    join(tmpdir(), `outrigger-control-${uid}`),
  ].filter((directory) => Buffer.byteLength(directory) <= LONGEST_DIRECTORY);
}

/** Makes the first of these directories that can be had: of mode 0700, and nobody else's. */
export async function openControlDirectory(environment: Environment): Promise<string | undefined> {
  for (const directory of controlDirectories(environment)) {
    await mkdir(directory, { mode: 0o700 }).catch(() => undefined);
    if (await isPrivate(directory)) return directory;
  }
  return undefined;
}

/** A directory, no link, that belongs to this user and that nobody else may enter: what is in it was put there by this user. */
export async function isPrivate(directory: string): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  if (found === undefined) return false;
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}
