import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { directoryFiles } from './directory-files.js';
import { INDEX_LIMIT } from './files.js';
import type { LayoutTarget } from './target.js';

/** A directory of this machine. Each file gets its name when it is whole and durable: what was interrupted goes on where it was. */
export function directoryTarget(top: string): LayoutTarget {
  const files = directoryFiles(top);
  const made = new Map<string, Promise<void>>();
  const makeDirectory = (directory: string): Promise<void> => {
    const before = made.get(directory);
    if (before !== undefined) return before;
    const making = mkdir(directory, { recursive: true }).then(() => removeLeft(directory));
    made.set(directory, making);
    return making;
  };
  return {
    size: (path) => files.size(path),
    read: (path) => files.read(path, INDEX_LIMIT),
    async write(path, body, accept) {
      const target = join(top, path);
      await makeDirectory(dirname(target));
      const temporary = join(dirname(target), `${UNFINISHED}${randomUUID()}`);
      try {
        await writeFile(temporary, body, accept);
        await rename(temporary, target);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async finish() {
      for (const directory of made.keys()) await syncDirectory(directory);
    },
    close: () => Promise.resolve(),
  };
}

const UNFINISHED = '.outrigger-';
/** Nobody writes to one file for so long. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** What a killed process has left. */
async function removeLeft(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(directory, name);
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
}

type Write = Parameters<LayoutTarget['write']>;

async function writeFile(path: string, body: Write[1], accept: Write[2]): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await body.pour((chunk) => writeAll(file, chunk));
    accept();
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** @param position - undefined: behind what was written last */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const at = position === undefined ? null : position + written;
    written += (await file.write(bytes, written, bytes.length - written, at)).bytesWritten;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
