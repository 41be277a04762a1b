import { registerInProcessSuite } from '@outrigger/testsuite/vitest';
import { createObjectDriver } from '../src/index.js';
import { createBucket, createMemoryStore } from './memory-object-store.js';

for (const [keyPrefix, pageSize] of [
  ['', 1000],
  ['some/root/', 7],
] as const) {
  const bucket = createBucket();
  const create = () =>
    createObjectDriver({ name: 'objects', store: createMemoryStore(bucket, { pageSize }), keyPrefix });
  registerInProcessSuite(`objects below ${keyPrefix || 'the root'}`, { create, reopen: create });
}
