import { join } from 'node:path';
import { expect, test } from 'vitest';
import { directoryFiles, layoutSource, storeSink } from '../../src/index.js';
import { startRegistry } from '../registry-fixture.js';
import { run, storeOf, temporaryDirectory, testLayout } from './transfer-fixture.js';

test('a layout becomes a repository: tags, nested indexes, and what nothing names', async () => {
  const registry = await startRegistry();
  const layout = testLayout(join(await temporaryDirectory(), 'app'));
  const [amd, arm] = [await layout.image('for amd'), await layout.image('for arm')];
  const inner = await layout.index([arm]);
  const outer = await layout.index([amd, inner]);
  const note = await layout.image('a note', { subject: outer, artifactType: 'application/x.note' });
  await layout.blob('nobody names it');
  await layout.end([['v1', outer], note]);
  const source = layoutSource(directoryFiles(layout.directory), [{ directory: '', name: 'team/app' }]);

  const first = await run(source, storeSink(storeOf(registry.driver)));
  expect(first.failed).toEqual([]);
  expect(first.counts).toMatchObject({
    repositories: 1,
    manifests: { copied: 5, kept: 0 },
    blobs: { copied: 4, linked: 0, kept: 0 },
    tags: { set: 1, kept: 0 },
  });
  const pulled = await registry.call('GET', 'team/app/manifests/v1');
  expect(pulled.headers.get('docker-content-digest')).toBe(outer.digest);
  expect((await registry.call('HEAD', `team/app/manifests/${arm.digest}`)).status).toBe(200);
  const referrers = (await (
    await registry.call('GET', `team/app/referrers/${outer.digest}`)
  ).json()) as object;
  expect(referrers).toMatchObject({
    manifests: [{ digest: note.digest, artifactType: 'application/x.note' }],
  });

  const second = await run(source, storeSink(storeOf(registry.driver)));
  expect(second.counts).toMatchObject({
    manifests: { copied: 0, kept: 5 },
    blobs: { copied: 0, linked: 0, kept: 4 },
    bytes: 0,
    tags: { set: 0, kept: 1 },
  });
});
