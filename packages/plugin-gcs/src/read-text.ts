import type { Readable } from 'node:stream';

/**
 * The text of a body, no more than about `limit` bytes of it.
 *
 * @throws what the body fails with
 */
export async function readText(body: Readable, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks).toString();
}
