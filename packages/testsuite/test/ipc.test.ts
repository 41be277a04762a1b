import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registerIpcSuite } from '../src/vitest.js';

const executableOf = (name: string) => fileURLToPath(new URL(`../../${name}/dist/main.js`, import.meta.url));

registerIpcSuite('inmemory', {
  executable: executableOf('plugin-memory'),
  parameters: () => ({}),
  planes: ['inline', 'socket'],
  ephemeral: true,
});

registerIpcSuite('filesystem', {
  executable: executableOf('plugin-fs'),
  parameters: async () => ({ rootdirectory: await mkdtemp(join(tmpdir(), 'outrigger-suite-')) }),
  teardown: ({ rootdirectory }) => rm(String(rootdirectory), { recursive: true }),
});
