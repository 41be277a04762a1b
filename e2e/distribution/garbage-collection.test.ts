import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createImages } from '../harness/images.js';
import { MAIN } from '../harness/paths.js';
import { pushImages } from '../harness/push-images.js';
import { testRegistry } from '../harness/start-registry.js';
import { checkStore } from '../harness/store-check.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { attach, deletePath, listReferrers, look, pushSmallImage } from './actions.js';
import { takeInventory } from './inventory.js';
import { PEERS, collectGarbage, startPeer } from './peer.js';

const images = createImages();

test.for(PEERS)(
  'after the collector of %s everything kept is whole, what it took is unknown, and can be pushed again',
  async (peerName, context) => {
    const store = await temporaryDirectory();
    const first = await testRegistry({ store });
    await pushImages(first, 'kept/multi', images);
    const subject = await pushSmallImage(first.url, 'kept/app', 'v1');
    const note = await attach(first.url, 'kept/app', subject, 'a note');
    const gone = await pushSmallImage(first.url, 'kept/app', 'gone');
    await deletePath(first.url, 'kept/app', `manifests/${gone.digest}`);
    const kept = await takeInventory(first.url);
    await first.stop();

    await collectGarbage(context, peerName, store);

    const second = await testRegistry({ store });
    expect(await takeInventory(second.url)).toEqual(kept);
    expect(await listReferrers(second.url, 'kept/app', subject.digest)).toEqual([note]);
    expect(await look(second.url, 'kept/app', `manifests/${gone.digest}`)).toBe('404 MANIFEST_UNKNOWN');
    expect(await look(second.url, 'kept/app', `blobs/${gone.layer}`)).toBe('404 BLOB_UNKNOWN');
    expect(await pushSmallImage(second.url, 'kept/app', 'gone')).toEqual(gone);
    const again = await takeInventory(second.url);
    await second.stop();
    await checkStore(store);

    const peer = await startPeer(context, peerName, store);
    expect(await takeInventory(peer.url)).toEqual(again);
  },
);

test.for(PEERS)(
  '%s with --delete-untagged takes the referrers that no tag names; version 2 takes the images of an index as well',
  async (peerName, context) => {
    const store = await temporaryDirectory();
    const first = await testRegistry({ store });
    const subject = await pushSmallImage(first.url, 'kept/app', 'v1');
    const note = await attach(first.url, 'kept/app', subject, 'a note');
    expect(await listReferrers(first.url, 'kept/app', subject.digest)).toEqual([note]);
    await pushImages(first, 'kept/multi', images);
    for (const tag of ['amd64', 'arm64']) await deletePath(first.url, 'kept/multi', `manifests/${tag}`);
    await first.stop();

    await collectGarbage(context, peerName, store, '--delete-untagged');

    const second = await testRegistry({ store });
    expect(await look(second.url, 'kept/app', 'manifests/v1')).toBe('200');
    expect(await look(second.url, 'kept/multi', `manifests/${images.amd64.manifest.digest}`)).toBe(
      peerName === 'registry' ? '200' : '404 MANIFEST_UNKNOWN',
    );
    expect(await listReferrers(second.url, 'kept/app', subject.digest)).toEqual([]);
    expect(await attach(second.url, 'kept/app', subject, 'a note')).toBe(note);
    expect(await listReferrers(second.url, 'kept/app', subject.digest)).toEqual([note]);
    await second.stop();
    await checkStore(store);
  },
);

test.for(PEERS)(
  'after the collector of Outrigger, and then its own, %s serves everything that was kept',
  async (peerName, context) => {
    const store = await temporaryDirectory();
    const first = await startPeer(context, peerName, store);
    await pushImages(first, 'kept/multi', images);
    const subject = await pushSmallImage(first.url, 'kept/app', 'v1');
    const note = await attach(first.url, 'kept/app', subject, 'a note');
    const gone = await pushSmallImage(first.url, 'kept/app', 'gone');
    await deletePath(first.url, 'kept/app', `manifests/${gone.digest}`);
    const kept = await takeInventory(first.url);
    await first.stop();

    const config = join(await temporaryDirectory(), 'config.yml');
    await writeFile(
      config,
      JSON.stringify({ version: '0.1', storage: { filesystem: { rootdirectory: store } } }),
    );
    await execa(process.execPath, [MAIN, 'garbage-collect', config], { stdin: 'ignore' });
    await collectGarbage(context, peerName, store);

    const peer = await startPeer(context, peerName, store);
    expect(await takeInventory(peer.url)).toEqual(kept);
    expect(await look(peer.url, 'kept/app', `blobs/${gone.layer}`)).toBe('404 BLOB_UNKNOWN');
    expect(await look(peer.url, 'kept/app', `manifests/${note}`)).toBe('200');
    await peer.stop();
    const second = await testRegistry({ store });
    expect(await takeInventory(second.url)).toEqual(kept);
    expect(await listReferrers(second.url, 'kept/app', subject.digest)).toEqual([note]);
    await checkStore(store);
  },
);
