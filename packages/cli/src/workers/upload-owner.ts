/** Enough for as many workers as there can be, and at random in the ids of all versions that registries make. */
const DIGITS = 8;

/**
 * The number of the worker that serves an upload, from 1. It follows from the id alone, so that also uploads which another
 * registry has begun have one.
 *
 * @returns undefined for what is no id: anybody can say so
 */
export function uploadOwner(id: string, count: number): number | undefined {
  const end = id.slice(-DIGITS);
  return /^[0-9a-f]{8}$/.test(end) ? (Number.parseInt(end, 16) % count) + 1 : undefined;
}
