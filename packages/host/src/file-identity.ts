import type { Stats } from 'node:fs';

/** Changes whenever a file is replaced or rewritten in the ordinary way. */
export function fileIdentity({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(':');
}
