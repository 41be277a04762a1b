import { filesystem } from '@outrigger/plugin-fs';
import { inmemory } from '@outrigger/plugin-memory';
import { registerInProcessSuite } from '@outrigger/testsuite/vitest';
import { join } from 'node:path';
import { cache } from '../src/index.js';
import { makeTemporaryDirectory } from './temporary-directory.js';
import { SILENT } from './wrap-parts.js';

const own = await makeTemporaryDirectory();

const WRAPPERS = [
  { middleware: cache, options: { directory: join(own.path, 'cache'), size: '1GiB', writethrough: true } },
];

for (const { middleware, options } of WRAPPERS) {
  const { name } = middleware;
  registerInProcessSuite(`${name} over inmemory`, {
    create: async () => middleware.wrap(await inmemory.create({}), options, SILENT),
  });
  const rootdirectory = join(own.path, `store-${name}`);
  const create = async () =>
    middleware.wrap(await filesystem.create({ rootdirectory, commit: 'relaxed' }), options, SILENT);
  registerInProcessSuite(`${name} over filesystem`, { create, reopen: create, teardown: own.remove });
}
