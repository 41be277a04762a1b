import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesBelow } from './files-below.js';
import type { Language } from './languages.js';

const TEMPLATES = fileURLToPath(new URL('../templates/', import.meta.url));

/** The text of each file of a project, by its path with slashes. */
export type Files = Map<string, string>;

/** The files of a language and those that every project has. `__NAME__` in paths and texts becomes the driver's name. */
export async function readTemplate(language: Language, name: string): Promise<Files> {
  const files: Files = new Map();
  for (const directory of [join(TEMPLATES, 'every'), join(TEMPLATES, language)])
    for (const path of await filesBelow(directory))
      files.set(fill(targetOf(path), name), fill(await readFile(join(directory, path), 'utf8'), name));
  return files;
}

/** npm packs no file that is called .gitignore. */
function targetOf(path: string): string {
  return path === 'gitignore' ? '.gitignore' : path;
}

function fill(text: string, name: string): string {
  return text
    .replaceAll('__NAME__', name)
    .replaceAll('__MODULE__', `registry_storage_${name.replaceAll('-', '_')}`);
}
