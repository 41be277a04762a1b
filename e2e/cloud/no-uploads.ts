import { expect } from 'vitest';
import type { StoreFiles } from '../harness/store-check.js';
import { sortFiles } from '../harness/store-check.js';

/** At the end of a test a store has what the layout knows, and nothing of an upload. */
export function expectNoUploads(names: readonly string[]): StoreFiles {
  const left = names.filter((name) => name.includes('/_uploads/') || name.includes('_outrigger-uploads'));
  expect(left, 'of uploads').toEqual([]);
  return sortFiles(names);
}
