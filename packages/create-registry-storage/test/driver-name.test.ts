import { isDriverName } from '@outrigger/host';
import { describe, expect, it } from 'vitest';
import { ScaffoldError, checkDriverName } from '../src/index.js';

describe('the name of a driver', () => {
  it.each(['a', 'my-store', 's3', 'x'.repeat(32)])('may be %s', (name) => {
    expect(isDriverName(name)).toBe(true);
    checkDriverName(name);
  });

  it.each(['', 'My', '3s', '-a', 'a_b', 'a/b', '../a', 'a b', 'a\n', 'x'.repeat(33)])('is not %j', (name) => {
    expect(isDriverName(name)).toBe(false);
    expect(() => {
      checkDriverName(name);
    }).toThrow(/is no name of a driver: 1 to 32 lowercase letters, digits and dashes/);
  });

  it.each(['registry-storage-x', 'a-', 'cache', 'delete', 'maintenance', 'redirect', 'tag'])(
    'is not %s, which a host would take',
    (name) => {
      expect(() => {
        checkDriverName(name);
      }).toThrow(ScaffoldError);
    },
  );
});
