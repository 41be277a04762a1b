import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { exactInode } from './exact-inode.js';

export interface ProbeFile {
  readonly location: { readonly localPath: string; readonly dev: number; readonly ino: number };
  remove(): Promise<void>;
}

/**
 * Writes the host's nonce into a file below a root, so that the host can see whether both look at the same files. The
 * name has a character that no path of a store has, so the file is part of no store. Undefined where nothing can be written.
 */
export async function placeProbeFile(
  roots: readonly string[],
  nonce: string,
): Promise<ProbeFile | undefined> {
  const [root] = roots;
  if (root === undefined || !/^[0-9a-f]{1,64}$/.test(nonce)) return undefined;
  const localPath = join(root, `~probe-${nonce}`);
  const remove = () => rm(localPath, { force: true });
  try {
    const file = await open(localPath, 'wx', 0o640);
    await file.writeFile(nonce);
    await file.close();
    return { location: { localPath, ...exactInode(await stat(localPath)) }, remove };
  } catch {
    // A store that cannot be written to has no file plane; its reads go by the socket.
    await remove();
    return undefined;
  }
}
