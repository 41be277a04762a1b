// The folder outside of the clone that keeps what was built: in `tools` a folder for each tool and version.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export function cacheFor(name) {
  return resolve(process.env.OUTRIGGER_CACHE || join(homedir(), '.cache', 'outrigger'), name);
}

export function toolsDir() {
  return cacheFor('tools');
}

export function toolDir(tool) {
  return join(toolsDir(), `${tool.name}-${tool.version}`);
}

/** Where the tool's command is, or would be, in the cache. */
export function cachedCommand(tool) {
  return join(toolDir(tool), 'bin', tool.name);
}

/**
 * Builds into a temporary folder beside the final one and renames it, so that a reader never sees half a tool.
 * build gets the temporary folder and must leave bin/<name> in it, independent of the folder's own path.
 */
export async function installAtomically(tool, build) {
  mkdirSync(toolsDir(), { recursive: true });
  const temporary = mkdtempSync(join(toolsDir(), `.${tool.name}-`));
  chmodSync(temporary, 0o755);
  try {
    await build(temporary);
    publish(temporary, tool);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Drops a cached tool that does not run, so that it is built again. */
export function discard(tool) {
  rmSync(toolDir(tool), { recursive: true, force: true });
}

function publish(temporary, tool) {
  try {
    renameSync(temporary, toolDir(tool));
  } catch (error) {
    const anotherWasFirst = ['EEXIST', 'ENOTEMPTY'].includes(error.code) && existsSync(cachedCommand(tool));
    if (!anotherWasFirst) throw error;
  }
}
