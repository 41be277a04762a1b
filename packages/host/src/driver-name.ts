import { basename } from 'node:path';

/** What a driver may be called, checked before any look-up. */
export const DRIVER_NAME_PATTERN = /^[a-z][a-z0-9-]{0,31}$/;

const PREFIX = 'registry-storage-';

export function isDriverName(name: string): boolean {
  return DRIVER_NAME_PATTERN.test(name);
}

/** `s3` to `registry-storage-s3`. The name must be a driver name. */
export function executableName(name: string): string {
  return PREFIX + name;
}

/** The driver's name in a file name or path; undefined when it is none of ours. */
export function nameOfExecutable(path: string): string | undefined {
  const base = basename(path);
  const name = base.startsWith(PREFIX) ? base.slice(PREFIX.length) : '';
  return isDriverName(name) ? name : undefined;
}
