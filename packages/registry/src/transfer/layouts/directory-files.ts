import type { FileHandle } from 'node:fs/promises';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareNames } from '@outrigger/driver';
import { fileBlob, readPart, unreadable } from './file-blob.js';
import type { Files } from './files.js';
import { BLOBS, MARKER, tooLarge } from './files.js';

/** A directory of this machine. Links to files are followed (Bazel writes such layouts), those to directories are not. */
export function directoryFiles(top: string): Files {
  const openFile = (path: string) => openIfPresent(join(top, path));
  return {
    layouts: () => findLayouts(top, ''),
    async read(path, limit) {
      const opened = await openFile(path);
      if (opened === undefined) return undefined;
      try {
        if (opened.size > limit) throw tooLarge(path, limit);
        return await readPart({ ...opened, offset: 0 });
      } finally {
        await opened.file.close();
      }
    },
    async size(path) {
      const opened = await openFile(path);
      await opened?.file.close();
      return opened?.size;
    },
    async open(path) {
      const opened = await openFile(path);
      if (opened === undefined) return undefined;
      const { file } = opened;
      let closing: Promise<void> | undefined;
      return fileBlob({ ...opened, offset: 0 }, () => (closing ??= file.close()));
    },
    close: () => Promise.resolve(),
  };
}

/** A repository may lie below another one. What starts with a dot or an underscore belongs to the registry that wrote the tree. */
async function findLayouts(top: string, directory: string): Promise<string[]> {
  const path = join(top, directory);
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const isLayout = entries.some(({ name }) => name === MARKER);
  const found = isLayout ? [directory] : [];
  const below = entries.filter(
    (entry) => entry.isDirectory() && !/^[._]/.test(entry.name) && !(isLayout && entry.name === BLOBS),
  );
  for (const { name } of below.sort((a, b) => compareNames(a.name, b.name)))
    found.push(...(await findLayouts(top, directory === '' ? name : `${directory}/${name}`)));
  return found;
}

async function openIfPresent(path: string): Promise<{ file: FileHandle; size: number } | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw unreadable(path, error);
  }
  const info = await file.stat();
  if (info.isFile()) return { file, size: info.size };
  await file.close();
  return undefined;
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
