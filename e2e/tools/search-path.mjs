// Looks a command up the way a shell does.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';

export function isCommand(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => resolve(folder, name)).find(isCommand);
}
