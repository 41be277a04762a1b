import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** The paths of all files in a directory and below it, relative to it and sorted. */
export async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort();
}
