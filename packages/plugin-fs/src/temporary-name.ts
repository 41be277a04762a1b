import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { ForeignFileError } from './errors.js';

/** NAME_MAX of Linux file systems, in bytes. */
const MAX_NAME_LENGTH = 255;

/**
 * A file that is being written, as Distribution names its own: `<name>.<uuid>.tmp`. Both registries may leave one
 * behind when they are killed, and neither may show one. The name is a legal part of a driver's path, so it is
 * reserved: nothing can be written under such a name, and nothing is found there.
 */
const TEMPORARY_PART = /\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.tmp(?=\/|$)/;

/** A new name beside `local`, in the same directory, so that a rename is atomic. */
export function temporaryFor(local: string): string {
  const suffix = `.${randomUUID()}.tmp`;
  return join(dirname(local), basename(local).slice(0, MAX_NAME_LENGTH - suffix.length) + suffix);
}

/** @throws ForeignFileError for a path that is reserved for temporary files */
export function requireOpen(path: string): void {
  if (isTemporary(path)) throw new ForeignFileError('the name is reserved for temporary files');
}

/** Whether a name, or any part of a path, is reserved for temporary files. */
export function isTemporary(path: string): boolean {
  return path.endsWith('.tmp') || path.includes('.tmp/') ? TEMPORARY_PART.test(path) : false;
}
