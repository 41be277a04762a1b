import type { Body } from '../content/receive.js';
import { RegistryError } from '../registry-error.js';

/**
 * A body that goes on behind `offset` bytes of a blob, and ends with an error where the blob would become larger than `limit`.
 *
 * @param limit - bytes; undefined: none, and the body stays what it is
 * @throws RegistryError BLOB_TOO_LARGE at once, where the length of the body is known
 */
export function limitBody(body: Body, limit: number | undefined, offset: number): Body {
  if (limit === undefined) return body;
  const { chunks, length = 0 } = body;
  checkSize(offset + length, limit);
  return { ...body, chunks: upTo(limit - offset, chunks, limit) };
}

/** @throws RegistryError BLOB_TOO_LARGE */
export function checkSize(size: number, limit: number): void {
  if (size > limit) throw tooLarge(limit);
}

async function* upTo(
  bytes: number,
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  for await (const chunk of chunks) {
    received += chunk.length;
    if (received > bytes) throw tooLarge(limit);
    yield chunk;
  }
}

function tooLarge(limit: number): RegistryError {
  return new RegistryError('BLOB_TOO_LARGE', `a blob has at most ${limit} bytes here`, { limit });
}
