import type { ObjectInfo } from './object-store.js';

/** Tells one content of a key from the next one, also where the bytes are the same. */
export function identityOf({ version, modTime, size }: ObjectInfo): string {
  return `${version ?? ''} ${String(modTime.getTime())} ${String(size)}`;
}
