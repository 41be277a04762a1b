import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8');

/** The rows of docs/operations/faults.md, each with the tests that it names. */
const rows = read('docs/operations/faults.md')
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    row: section.slice(0, 3),
    files: [...new Set([...section.matchAll(/`([a-z0-9/-]+\.test\.ts)`/g)].map(([, file = '']) => file))],
  }));

test('the page of faults has every row', () => {
  const ids = Array.from({ length: 9 }, (_, i) => `F${String(8 + i).padStart(2, '0')}`);
  expect(rows.map(({ row }) => row)).toEqual(ids);
});

test.each(rows)('$row is in the names of tests of each file that the page names', ({ row, files }) => {
  expect(files.length).toBeGreaterThan(0);
  // In the title of a test or a group, or in a table of them.
  const titled = new RegExp(`['"\`][^'"\`\\n]*\\b${row}\\b`);
  expect(files.filter((file) => !titled.test(read(file)))).toEqual([]);
});
