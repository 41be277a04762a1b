import type { SourceBlob } from './source.js';

const CHUNK = 1024 * 1024;

/** All that a blob has, piece by piece in one buffer. */
export async function* chunksOf(blob: SourceBlob): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(CHUNK, blob.size)));
  for (let count = await blob.read(buffer); count > 0; count = await blob.read(buffer))
    yield buffer.subarray(0, count);
}
