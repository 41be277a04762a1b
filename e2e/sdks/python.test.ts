import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, test } from 'vitest';
import { fromRoot } from '../harness/paths.js';
import { scaled, seconds } from '../harness/scale.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { buildExample } from './example-driver.js';
import { prove } from './prove.js';
import { proveExample } from './prove-example.js';

await proveExample('python');
if (scaled(false, true)) await proveAsyncio();

async function proveAsyncio(): Promise<void> {
  const installed = await buildExample('python');
  if ('missing' in installed) return;
  afterAll(installed.remove);
  test(
    'an asyncio driver holds before outrigger driver test',
    async () => {
      const python = join(dirname(installed.executable), 'python');
      const program = fromRoot('sdks/python/examples/async_memory/async_memory.py');
      const command = join(await temporaryDirectory(), 'registry-storage-async-memory');
      await writeFile(command, `#!/bin/sh\nexec '${python}' '${program}' "$@"\n`);
      await chmod(command, 0o755);
      await prove(command, {}, ['core', 'socket']);
    },
    seconds(1800),
  );
}
