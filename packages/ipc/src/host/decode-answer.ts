import { fromBase64 } from '../protocol/base64.js';
import type { DriverConnection } from './connection.js';
import type { Lie } from './lie.js';

/**
 * The bytes of base64 in an answer.
 *
 * @throws StorageError UNAVAILABLE for a text that is none; the connection is over then
 */
export function decodeAnswer(
  text: string,
  where: Pick<Lie, 'method' | 'path' | 'field'>,
  connection: DriverConnection,
): Buffer {
  const bytes = fromBase64(text);
  if (bytes !== undefined) return bytes;
  throw connection.lied({
    ...where,
    expected: 'base64 with padding',
    received: 'a text that is none',
    see: 'framing.md#numbers-times-bytes',
  });
}
