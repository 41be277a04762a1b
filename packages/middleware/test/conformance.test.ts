import { filesystem } from '@outrigger/plugin-fs';
import { inmemory } from '@outrigger/plugin-memory';
import { registerInProcessSuite } from '@outrigger/testsuite/vitest';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { cache, encrypt, faults, ratelimit } from '../src/index.js';
import { makeTemporaryDirectory } from './temporary-directory.js';
import { SILENT } from './wrap-parts.js';

const own = await makeTemporaryDirectory();

const keyfile = join(own.path, 'keys');
await writeFile(keyfile, `first ${randomBytes(32).toString('base64')}\n`);

afterAll(own.remove);

const WRAPPERS = [
  { middleware: cache, options: { directory: join(own.path, 'cache'), size: '1GiB', writethrough: true } },
  { middleware: encrypt, options: { keyfile } },
  {
    middleware: ratelimit,
    options: { readbytes: '100GiB', writebytes: '100GiB', readcalls: 1e6, writecalls: 1e6 },
  },
  { middleware: faults, options: { rules: [{ probability: 0, error: 'INTERNAL' }] } },
];

/** In the short form each over the driver that asks more of it, and those that let all through over none. */
const isFull = process.env.OUTRIGGER_TEST === 'full';

for (const { middleware, options } of WRAPPERS) {
  const { name } = middleware;
  if (isFull || name === 'cache')
    registerInProcessSuite(`${name} over inmemory`, {
      create: async () => middleware.wrap(await inmemory.create({}), options, SILENT),
    });
  if (!isFull && name !== 'encrypt') continue;
  const rootdirectory = join(own.path, `store-${name}`);
  const create = async () =>
    middleware.wrap(await filesystem.create({ rootdirectory, commit: 'relaxed' }), options, SILENT);
  const teardown = () => rm(rootdirectory, { recursive: true, force: true });
  registerInProcessSuite(`${name} over filesystem`, { create, reopen: create, teardown });
}
