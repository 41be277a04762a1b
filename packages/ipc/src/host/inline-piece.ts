import type { Limits } from '../protocol/limits.js';

/**
 * What the host reads or writes inline at a time. Less than the limit: a message of this size is a short-lived small
 * object for the garbage collector; at 256 KiB the plane was a third slower and took 60 MiB more memory.
 */
export function inlinePieceBytes(limits: Limits): number {
  return Math.min(limits.inlineChunkBytes, 64 * 1024);
}
