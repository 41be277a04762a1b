import type { FileHandle } from 'node:fs/promises';
import { UnreadableSourceError } from '../failure.js';
import type { SourceBlob } from '../source.js';

/** A part of an open file. */
export interface FilePart {
  readonly file: FileHandle;
  readonly offset: number;
  readonly size: number;
}

/** @param close - what to do at the end: the file may be somebody else's */
export function fileBlob({ file, offset, size }: FilePart, close: () => Promise<void>): SourceBlob {
  let at = 0;
  return {
    size,
    async read(into) {
      const wanted = Math.min(into.length, size - at);
      if (wanted === 0) return 0;
      const count = await readAt(file, into.subarray(0, wanted), offset + at);
      at += count;
      return count;
    },
    close,
  };
}

/** All of it. */
export async function readPart({ file, offset, size }: FilePart): Promise<Buffer> {
  const content = Buffer.alloc(size);
  for (let filled = 0; filled < size;) {
    const count = await readAt(file, content.subarray(filled), offset + filled);
    if (count === 0) throw new UnreadableSourceError('the file has become shorter');
    filled += count;
  }
  return content;
}

async function readAt(file: FileHandle, into: Buffer, position: number): Promise<number> {
  try {
    return (await file.read(into, 0, into.length, position)).bytesRead;
  } catch (error) {
    throw unreadable('a file', error);
  }
}

/** What the system said. */
export function unreadable(path: string, error: unknown): UnreadableSourceError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new UnreadableSourceError(`${path} cannot be read: ${code}`, error);
}
