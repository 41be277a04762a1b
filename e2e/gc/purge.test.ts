import { access, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';
import { beginUpload, expectStatus, finishUpload, pushBlob, sendChunk, toUpload } from '../harness/upload.js';

const NAME = 'purge/me';
const OLD = '2020-01-01T00:00:00Z';

test('a running registry purges uploads that nobody goes on with, and leaves the others alone', async () => {
  const store = await temporaryDirectory();
  const uploadpurging = { enabled: true, age: '1h', interval: '500ms', dryrun: false };
  const storage = {
    filesystem: { rootdirectory: store },
    delete: { enabled: true },
    maintenance: { uploadpurging },
  };
  const registry = await testRegistry({ store, sections: { storage } });
  const content = createContent('in use', 100_000);
  await pushBlob(registry.url, NAME, content);
  const begin = async () => {
    const begun = await beginUpload(registry.url, NAME);
    // Before its first byte there is nothing of it to purge.
    const upload = toUpload(registry.url, await expectStatus(202, sendChunk(begun, content, { to: 100 })));
    const id = new URL(upload.location).pathname.split('/').at(-1) ?? '';
    return { upload, directory: join(store, 'docker/registry/v2/repositories', NAME, '_uploads', id) };
  };
  const [abandoned, used] = [await begin(), await begin()];
  // Both are as old as can be, and one of them was written to just now.
  for (const { directory } of [abandoned, used]) await writeFile(join(directory, 'startedat'), OLD);
  await utimes(join(abandoned.directory, 'data'), new Date(OLD), new Date(OLD));
  await until('the end of the abandoned upload', async () => !(await exists(abandoned.directory)));
  // A whole purge later.
  const passes = () => registry.logs().split('abandoned uploads were looked for').length - 1;
  const before = passes();
  await until('another purge', () => passes() > before + 1);
  await expectStatus(201, finishUpload(used.upload, content));
  expect(registry.logs()).toContain('an abandoned upload is purged');
});

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
