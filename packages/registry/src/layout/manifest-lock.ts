import type { Digest } from '../reference/digest.js';

/** Pushes share it, a delete is alone: otherwise a new tag could be left without its manifest. */
export function manifestLock(name: string, digest: Digest): string {
  return `${name}@${digest.text}`;
}
