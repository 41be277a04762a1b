import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerInProcessSuite } from '@outrigger/testsuite/vitest';
import { filesystem } from '../src/index.js';

for (const commit of ['durable', 'relaxed']) {
  const root = await mkdtemp(join(tmpdir(), 'outrigger-fs-'));
  const create = () => filesystem.create({ rootdirectory: root, commit });
  const teardown = () => rm(root, { recursive: true });
  registerInProcessSuite(`filesystem, ${commit}`, { create, reopen: create, teardown });
}
