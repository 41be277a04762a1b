import { Buffer } from 'node:buffer';
import { readToEnd } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { expect, test } from 'vitest';
import { connectPair } from '../support/pair.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { testFactory } from '../support/test-driver.js';

test('a file whose inode number is no exact JSON number is read over the socket', async () => {
  const root = await temporaryDirectory();
  const content = Buffer.alloc(100_000, 'x');
  const factory = testFactory(
    {},
    {
      create: async () => ({
        ...(await inmemory.create({})),
        capabilities: { localFiles: true, roots: [root] },
        // As mergerfs, GlusterFS and some NFS servers number their files.
        localFile: async () => ({
          localPath: `${root}/a`,
          dev: 1,
          ino: 2 ** 60,
          size: content.length,
          modTime: new Date(0),
        }),
      }),
    },
  );
  const { remote } = await connectPair({ factory, dataPlanes: ['file', 'socket', 'inline'] });
  expect(remote.dataPlanes).toContain('file');
  await remote.put('/a', content);
  const read = await readToEnd(await remote.reader('/a'), content.length);
  expect(content.equals(read)).toBe(true);
});
