import { expect } from 'vitest';
import type { StoreFiles } from '../harness/store-check.js';
import { sortFiles } from '../harness/store-check.js';

/** At the end of a test a store has what the layout knows, and nothing of an upload. */
export function expectNoUploads(names: readonly string[]): StoreFiles {
  expect(ofUploads(names), 'of uploads').toEqual([]);
  return sortFiles(names);
}

/** What is there of uploads, those of the registry and those of the driver. */
export function ofUploads(names: readonly string[]): readonly string[] {
  return names.filter((name) => name.includes('/_uploads/') || name.includes('_outrigger-uploads'));
}
