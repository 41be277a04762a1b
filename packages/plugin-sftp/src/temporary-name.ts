import { randomUUID } from 'node:crypto';
import { baseName } from '@outrigger/driver';
import { directoryOf } from './root.js';
import { ForeignFileError } from './errors.js';

/** NAME_MAX of most file systems, in bytes. */
const MAX_NAME_LENGTH = 255;

/**
 * A file that is being written, as Distribution and the driver `filesystem` name theirs: `<name>.<uuid>.tmp`. One that a
 * killed process has left is never shown. The name is a legal part of a driver's path, so it is reserved: nothing can be
 * written under such a name, and nothing is found there.
 */
const TEMPORARY_PART = /\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.tmp(?=\/|$)/;

/** A new name beside `local`, in the same directory, so that a rename is atomic. */
export function temporaryFor(local: string): string {
  const suffix = `.${randomUUID()}.tmp`;
  const name = baseName(local).slice(0, MAX_NAME_LENGTH - suffix.length) + suffix;
  return `${directoryOf(local)}/${name}`;
}

/** @throws ForeignFileError for a path that is reserved for temporary files */
export function requireOpen(path: string): void {
  if (isTemporary(path)) throw new ForeignFileError('the name is reserved for temporary files');
}

/** Whether a name, or any part of a path, is reserved for temporary files. */
export function isTemporary(path: string): boolean {
  return path.endsWith('.tmp') || path.includes('.tmp/') ? TEMPORARY_PART.test(path) : false;
}
