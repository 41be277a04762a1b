import type { Body, Take } from '../content/body.js';
import { RegistryError } from '../registry-error.js';

/**
 * A body that goes on behind `offset` bytes of a blob, and ends with an error where the blob would become larger than `limit`.
 *
 * @param limit - bytes; undefined: none, and the body stays what it is
 * @throws RegistryError BLOB_TOO_LARGE at once, where the length of the body is known
 */
export function limitBody(body: Body, limit: number | undefined, offset: number): Body {
  if (limit === undefined) return body;
  checkSize(offset + (body.length ?? 0), limit);
  return { length: body.length, pour: (take) => body.pour(upTo(limit - offset, take, limit)) };
}

/** @throws RegistryError BLOB_TOO_LARGE */
export function checkSize(size: number, limit: number): void {
  if (size > limit) throw tooLarge(limit);
}

function upTo(bytes: number, take: Take, limit: number): Take {
  let received = 0;
  return (chunk) => {
    received += chunk.length;
    if (received > bytes) throw tooLarge(limit);
    return take(chunk);
  };
}

function tooLarge(limit: number): RegistryError {
  return new RegistryError('BLOB_TOO_LARGE', `a blob has at most ${limit} bytes here`, { limit });
}
