import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PEERS, startPeer } from '../distribution/peer.js';
import { request } from '../harness/http.js';
import { MANIFEST_TYPE } from '../harness/images.js';
import { pushBytes, pushManifest } from '../harness/push-images.js';
import { freePort, testRegistry } from '../harness/start-registry.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';
import { sha256 } from '../harness/content.js';
import type { Listener, SentEvent } from './listener.js';
import { notify, startListener } from './listener.js';

const CONFIG = Buffer.from('{"architecture":"amd64","os":"linux"}');
const LAYER = Buffer.from('a layer');
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: MANIFEST_TYPE,
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: sha256(CONFIG),
    size: CONFIG.length,
  },
  layers: [
    {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: sha256(LAYER),
      size: LAYER.length,
      annotations: { 'org.example.title': 'x' },
    },
  ],
});
const DIGEST = sha256(Buffer.from(MANIFEST));

/** Push, mount, pull and delete, with requests as clients make them, and in the order in which the events have to come. */
async function useRegistry(url: string, { events }: Listener): Promise<void> {
  const headers = { accept: MANIFEST_TYPE, 'user-agent': 'docker/1' };
  const call = (method: string, path: string) => request(`${url}/v2/${path}`, { method, headers });
  // Of content an event may come behind the last byte: the next request could be first.
  const read = async (method: string, path: string) => {
    await call(method, path);
    const isOfIt = ({ action, request, target }: SentEvent) =>
      action === 'pull' && request.method === method && String(target.url).endsWith(`/v2/${path}`);
    await until(`the event of ${method} ${path}`, () => events.some(isOfIt));
  };
  await call('HEAD', `a/image/blobs/${sha256(LAYER)}`);
  await pushBytes(url, 'a/image', CONFIG);
  await pushBytes(url, 'a/image', LAYER);
  await pushManifest(url, 'a/image', 'v1', MANIFEST_TYPE, MANIFEST);
  await pushManifest(url, 'a/image', 'v2', MANIFEST_TYPE, MANIFEST);
  await pushManifest(url, 'a/image', DIGEST, MANIFEST_TYPE, MANIFEST);
  await call('POST', `b/blobs/uploads/?mount=${sha256(LAYER)}&from=a/image`);
  await call('HEAD', 'a/image/manifests/v1');
  await call('GET', 'a/image/manifests/v1');
  await call('GET', `a/image/manifests/${DIGEST}`);
  await read('GET', `a/image/blobs/${sha256(LAYER)}`);
  await read('HEAD', `a/image/blobs/${sha256(LAYER)}`);
  await call('DELETE', `b/blobs/${sha256(LAYER)}`);
  await call('DELETE', `a/image/manifests/${DIGEST}`);
  await call('GET', 'a/image/manifests/v1');
}

/** Without what differs between any two runs, and the empty fields with which version 3 says that there is nothing. */
function comparable({ action, target, request, ...rest }: SentEvent, host: string): unknown {
  const { url, references, ...others } = target;
  const what = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== '' && value !== 0));
  return {
    fields: Object.keys(rest).sort(),
    action,
    target: { ...what, ...(typeof url === 'string' && { url: url.replace(host, 'host') }) },
    references: references ?? 'none',
    request: {
      ...request,
      id: typeof request.id,
      addr: 'address',
      host: String(request.host).replace(host, 'host'),
    },
  };
}

async function eventsOf(listener: Listener, url: string): Promise<unknown[]> {
  await until(
    'the last event',
    () => listener.events.filter(({ action }) => action === 'delete').length === 4,
  );
  // Version 3 deletes tags in any order.
  const order = ({ action, target }: SentEvent) =>
    action === 'delete' ? JSON.stringify(target.tag ?? '') : '';
  const sorted = listener.events.toSorted((a, b) => order(a).localeCompare(order(b)));
  return sorted.map((event) => comparable(event, new URL(url).host));
}

test.for(PEERS)('the events are those of Distribution, field by field: %s', async (name, context) => {
  const [theirs, ours] = [await startListener(), await startListener()];
  const store = await temporaryDirectory();
  const peer = await startPeer(context, name, store, undefined, notify(theirs));
  const registry = await testRegistry({ sections: notify(ours) });
  await useRegistry(peer.url, theirs);
  await useRegistry(registry.url, ours);
  expect(await eventsOf(ours, registry.url)).toEqual(await eventsOf(theirs, peer.url));
  // Distribution 2 calls the same fields version 1.
  const version = /^application\/vnd\.docker\.distribution\.events\.v[12]\+json$/;
  for (const { headers } of [theirs, ours])
    expect(headers).toMatchObject({
      'content-type': expect.stringMatching(version) as unknown,
      authorization: 'Bearer known',
    });
  expect(registry.logs()).not.toContain('Bearer known');
});

test('what an endpoint has not got survives kill -9 and comes after the restart', async () => {
  const port = await freePort();
  const sections = notify({ url: `http://127.0.0.1:${port}/events` });
  const store = await temporaryDirectory();
  const first = await testRegistry({ store, sections });
  const pushed = await pushBytes(first.url, 'a', LAYER);
  const kept = () => request(`${first.url}/v2/`).then(() => hasBatch(store));
  await until('the event in the store', kept);
  first.signal('SIGKILL');
  await first.exited;
  const listener = await startListener(port);
  await testRegistry({ store, sections, port: first.port });
  await until('the event', () => listener.events.length > 0);
  expect(listener.events[0]).toMatchObject({ action: 'push', target: { digest: pushed, repository: 'a' } });
  await until('an empty spool', async () => !(await hasBatch(store)));
});

async function hasBatch(store: string): Promise<boolean> {
  const directory = join(store, 'docker/registry/v2/_outrigger/notifications');
  const files = await readdir(directory, { recursive: true }).catch(() => []);
  return files.some((file) => /\/\d{13}-[^/]+$/.test(file));
}
