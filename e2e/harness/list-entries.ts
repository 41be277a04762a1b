import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/**
 * All below a directory, as paths from there: files, and directories with a slash behind them. Registries may be at work in it: a
 * directory that goes meanwhile has nothing in it, whereas `readdir` with `recursive` would fail.
 */
export async function listEntries(root: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (directory: string): Promise<void> => {
    for (const entry of await readDirectory(directory, directory === root)) {
      const path = join(directory, entry.name);
      found.push(relative(root, path) + (entry.isDirectory() ? '/' : ''));
      if (entry.isDirectory()) await visit(path);
    }
  };
  await visit(root);
  return found;
}

async function readDirectory(directory: string, isNeeded: boolean): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isGone && !isNeeded) return [];
    throw error;
  }
}
