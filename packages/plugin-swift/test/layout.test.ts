import { expect, it } from 'vitest';
import { createLayout } from '../src/layout.js';

/** What Distribution's swiftPath makes of a prefix. */
it.each([
  ['', 'files/'],
  ['some/prefix', 'some/prefix/files/'],
  ['/some', 'some/files/'],
  ['some/', 'some//files/'],
])('content below the prefix "%s" is in %s', (prefix, files) => {
  expect(createLayout('c', prefix).files).toBe(files);
});

it('names are escaped, but for their slashes', () => {
  expect(createLayout('a b', '').pathOf('ü/x y?')).toBe('/a%20b/%C3%BC/x%20y%3F');
});
