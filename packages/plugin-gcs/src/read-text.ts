import type { Readable } from 'node:stream';

/** Answers in JSON are small. */
const IDLE_MS = 30_000;

/**
 * The text of a body, no more than about `limit` bytes of it.
 *
 * @throws what the body fails with, also when no byte comes for too long
 */
export async function readText(body: Readable, limit: number, idleMs = IDLE_MS): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const idle = setTimeout(() => body.destroy(new Error('no byte for too long')), idleMs);
  try {
    for await (const chunk of body) {
      idle.refresh();
      if (!(chunk instanceof Uint8Array)) continue;
      chunks.push(chunk);
      size += chunk.length;
      if (size >= limit) break;
    }
  } finally {
    clearTimeout(idle);
  }
  return Buffer.concat(chunks).toString();
}
