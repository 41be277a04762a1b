import type { ObjectInfo } from './object-store.js';

/** Tells one content of a key from the next one, also where the bytes are the same. Empty: nothing is there. */
export function identityOf(info: ObjectInfo | undefined): string {
  if (info === undefined) return '';
  const { version, modTime, size } = info;
  return `${version ?? ''} ${String(modTime.getTime())} ${String(size)}`;
}
