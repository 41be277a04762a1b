import { randomBytes } from 'node:crypto';
import type { Layout } from '../layout.js';

/**
 * The segments of one content lie together, as `<set>/<number>-<random>`, beside the records of who owns them (see owners.ts). A
 * name is never written twice, so nothing that comes late changes what a manifest stands on.
 */
export function newSet(now: Date = new Date()): string {
  // In the order of time, which spreads what is looked at over a listing.
  return `${now.toISOString().replace(/\D/g, '').slice(0, 14)}-${randomBytes(12).toString('hex')}`;
}

/** With a slash at its end. */
export function setPrefix({ segments }: Layout, set: string): string {
  return `${segments}${set}/`;
}

/** @returns a name that nobody has, and its last part */
export function newSegment(layout: Layout, set: string, number: number): { name: string; label: string } {
  const label = `${String(number).padStart(8, '0')}-${randomBytes(8).toString('hex')}`;
  return { name: setPrefix(layout, set) + label, label };
}

/** Of a manifest over a part of the segments, where they are too many for one. */
export function newGroup(layout: Layout, set: string): string {
  return `${setPrefix(layout, set)}group-${randomBytes(12).toString('hex')}`;
}
