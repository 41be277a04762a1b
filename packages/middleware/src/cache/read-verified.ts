import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { CHUNK } from './entry-format.js';

/** What is in the cache is not what was put there, or is gone. Never reaches a caller. */
export class CacheFault extends Error {
  override readonly name = 'CacheFault';
}

/** Content in a file, of which some or all chunks have their sums. */
export interface SummedFile {
  readonly handle: FileHandle;
  readonly size: number;
  /** From the first chunk on. */
  readonly sums: ArrayLike<number>;
}

/**
 * Reads bytes whose sums are right: whole chunks straight into `into`, otherwise a part of one chunk.
 *
 * @param end - of the bytes that are wanted
 * @param spare - holds one chunk
 * @throws CacheFault
 */
export async function readVerified(
  file: SummedFile,
  into: Uint8Array,
  { position, end }: { readonly position: number; readonly end: number },
  spare: () => Uint8Array,
): Promise<number> {
  const index = Math.floor(position / CHUNK);
  const start = index * CHUNK;
  const room = Math.min(into.length, end - position);
  const whole = wholeChunks(file, index, position === start ? room : 0);
  if (whole > 0) {
    const length = Math.min(whole * CHUNK, file.size - start);
    await readExactly(file.handle, into.subarray(0, length), start);
    for (let i = 0; i < whole; i++)
      checkSum(file, index + i, into.subarray(i * CHUNK, Math.min((i + 1) * CHUNK, length)));
    return length;
  }
  const chunk = spare().subarray(0, Math.min(CHUNK, file.size - start));
  await readExactly(file.handle, chunk, start);
  checkSum(file, index, chunk);
  const part = chunk.subarray(position - start, position - start + room);
  into.set(part);
  return part.length;
}

/** How many chunks fit from `index` on: the last one may be short. */
function wholeChunks({ size, sums }: SummedFile, index: number, room: number): number {
  const left = size - index * CHUNK;
  const fitting = room >= left ? Math.ceil(left / CHUNK) : Math.floor(room / CHUNK);
  return Math.min(fitting, sums.length - index);
}

/** @throws CacheFault when the file ends before */
export async function readExactly(handle: FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new CacheFault('a file of the cache is shorter than it was');
    done += bytesRead;
  }
}

function checkSum({ sums }: SummedFile, index: number, chunk: Uint8Array): void {
  if (crc32(chunk) !== sums[index]) throw new CacheFault('a file of the cache holds other bytes than it did');
}
