import { expect, test } from 'vitest';
import { createImages } from '../harness/images.js';
import { pushImages } from '../harness/push-images.js';
import { testRegistry } from '../harness/start-registry.js';
import { checkStore, listStore } from '../harness/store-check.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { request } from '../harness/http.js';
import { expectStatus } from '../harness/upload.js';
import { attach, deletePath, listReferrers, look, pushSmallImage } from './actions.js';
import { takeInventory } from './inventory.js';
import { PEERS, startPeer } from './peer.js';

const images = createImages();

test.for(PEERS)(
  'a store goes from Outrigger to %s and back, twice, and loses nothing',
  async (peerName, context) => {
    const store = await temporaryDirectory();
    const first = await testRegistry({ store });
    await pushImages(first, 'shared/multi', images);
    await pushSmallImage(first.url, 'shared/app', 'v1');
    await pushSmallImage(first.url, 'shared/app', 'v2');
    await pushSmallImage(first.url, 'deep/er/and/deeper', 'latest');
    await deletePath(first.url, 'shared/app', 'manifests/v2');
    const left = await takeInventory(first.url);
    await first.stop();

    const peer = await startPeer(context, peerName, store);
    expect(await takeInventory(peer.url)).toEqual(left);
    await pushSmallImage(peer.url, 'shared/app', 'v3');
    await pushSmallImage(peer.url, 'shared/app', 'v1', 'another v1');
    await pushImages(peer, 'theirs/multi', images);
    const gone = await pushSmallImage(peer.url, 'shared/app', 'gone');
    await deletePath(peer.url, 'shared/app', `manifests/${gone.digest}`);
    await deletePath(peer.url, 'shared/app', `blobs/${gone.layer}`);
    const returned = await takeInventory(peer.url);
    await peer.stop();

    const second = await testRegistry({ store });
    expect(await takeInventory(second.url)).toEqual(returned);
    expect(await look(second.url, 'shared/app', 'manifests/gone')).toBe('404 MANIFEST_UNKNOWN');
    expect(await look(second.url, 'shared/app', `blobs/${gone.layer}`)).toBe('404 BLOB_UNKNOWN');
    const mount = `blobs/uploads/?mount=${String(images.amd64.layers[0]?.digest)}&from=theirs/multi`;
    await expectStatus(201, request(`${second.url}/v2/shared/app/${mount}`, { method: 'POST' }));
    await pushSmallImage(second.url, 'shared/app', 'v3', 'a third v3');
    await deletePath(second.url, 'theirs/multi', 'manifests/arm64');
    const again = await takeInventory(second.url);
    await second.stop();

    const last = await startPeer(context, peerName, store);
    expect(await takeInventory(last.url)).toEqual(again);
    expect(await look(last.url, 'shared/app', `blobs/${String(images.amd64.layers[0]?.digest)}`)).toBe('200');
    await last.stop();
    const { upload, hashState } = await checkStore(store);
    expect([...upload, ...hashState]).toEqual([]);
  },
);

test.for(PEERS)(
  'referrers that %s took are listed, and those that it deleted are not',
  async (peerName, context) => {
    const store = await temporaryDirectory();
    const first = await testRegistry({ store });
    const subject = await pushSmallImage(first.url, 'signed', 'v1');
    const ours = await attach(first.url, 'signed', subject, 'a note of ours');
    const doomed = await attach(first.url, 'signed', subject, 'a note that is deleted there');
    expect(await listReferrers(first.url, 'signed', subject.digest)).toEqual([ours, doomed].sort());
    await first.stop();

    const peer = await startPeer(context, peerName, store);
    const theirs = await attach(peer.url, 'signed', subject, 'a note of theirs');
    await deletePath(peer.url, 'signed', `manifests/${doomed}`);
    await peer.stop();

    const second = await testRegistry({ store });
    expect(await listReferrers(second.url, 'signed', subject.digest)).toEqual([ours, theirs].sort());
    await deletePath(second.url, 'signed', `manifests/${theirs}`);
    expect(await listReferrers(second.url, 'signed', subject.digest)).toEqual([ours]);
    await second.stop();

    // Deleted here and pushed again there.
    const last = await startPeer(context, peerName, store);
    await attach(last.url, 'signed', subject, 'a note of theirs');
    await last.stop();
    const third = await testRegistry({ store });
    expect(await listReferrers(third.url, 'signed', subject.digest)).toEqual([ours, theirs].sort());
    await third.stop();
    await listStore(store);
  },
);
