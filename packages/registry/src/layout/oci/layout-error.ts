import { StorageError } from '@outrigger/driver';

/**
 * An index.json that cannot be understood. It is never overwritten: whoever made it may have more in it than this registry would
 * write, and somebody can mend it.
 */
export function brokenIndex(path: string, why: string): StorageError {
  return new StorageError('INTERNAL', `${path} ${why}: it is neither served nor changed until it is mended`, {
    path,
  });
}
