import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createContent } from '../harness/content.js';
import { testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';
import { beginUpload, expectStatus, finishUpload, pushBlob, sendChunk, toUpload } from '../harness/upload.js';

const NAME = 'purge/me';

test('a running registry purges uploads that nobody goes on with, and leaves the others alone', async () => {
  const store = await temporaryDirectory();
  const uploadpurging = { enabled: true, age: '4s', interval: '500ms', dryrun: false };
  const storage = {
    filesystem: { rootdirectory: store },
    delete: { enabled: true },
    maintenance: { uploadpurging },
  };
  const registry = await testRegistry({ store, sections: { storage } });
  const content = createContent('in use', 100_000);
  await pushBlob(registry.url, NAME, content);
  const begun = await beginUpload(registry.url, NAME);
  // Before its first byte there is nothing of it to purge.
  const abandoned = toUpload(registry.url, await expectStatus(202, sendChunk(begun, content, { to: 100 })));
  let used = await beginUpload(registry.url, NAME);
  const directory = join(
    store,
    'docker/registry/v2/repositories',
    NAME,
    '_uploads',
    idOf(abandoned.location),
  );
  // A little at a time, as long as the other one is there: it gets older than the age, and is never purged.
  await until(
    'the end of the abandoned upload',
    async () => {
      const to = Math.min(content.size - 1, used.offset + 100);
      used = toUpload(registry.url, await expectStatus(202, sendChunk(used, content, { to })));
      return !(await exists(directory));
    },
    30_000,
  );
  await expectStatus(201, finishUpload(used, content));
  expect(registry.logs()).toContain('an abandoned upload is purged');
});

function idOf(location: string): string {
  return new URL(location).pathname.split('/').at(-1) ?? '';
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
