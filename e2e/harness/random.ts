import { createHash } from 'node:crypto';

/** Numbers from 0 to 1, the same ones for the same seed. */
export function createRandom(seed: string): () => number {
  let count = 0;
  return () => {
    const bytes = createHash('sha256').update(`${seed} ${count++}`).digest();
    return bytes.readUInt32BE() / 2 ** 32;
  };
}
