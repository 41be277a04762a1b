import { StorageError } from '@outrigger/driver';
import { expect, test, vi } from 'vitest';
import { BATCHES, CLOCK, STATE } from '../../src/gc/paths.js';
import type { GcState } from '../../src/gc/state.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  OCI_MANIFEST,
  bytes,
  digestOf,
  listPaths,
  makeImage,
  overrideDriver,
  pushBlob,
  pushImage,
  putManifest,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';
import { collectingRegistry, startCollecting, startHanging, testGate, watchedStore } from './collecting.js';

vi.mock('../../src/gc/pause.js', () => import('./test-time.js'));
vi.mock('../../src/gc/stopwatch.js', () => import('./test-time.js'));

const isCondemned = ({ batch }: GcState) => batch !== undefined && batch.frozen === undefined;
const isFrozen = ({ batch }: GcState) => batch?.frozen !== undefined;

function head(registry: TestRegistry, name: string, digest: string): Promise<number> {
  return registry.call('HEAD', `${name}/blobs/${digest}`).then(({ status }) => status);
}

function dataOf(digest: string): string {
  const hex = digest.slice(7);
  return `/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
}

/** A store with a blob that nothing uses, and with an image. */
async function withGarbage() {
  const garbage = bytes(64);
  const digest = digestOf(garbage);
  let image = '';
  const collecting = await collectingRegistry(async (registry) => {
    await pushBlob(registry, 'a', garbage);
    ({ digest: image } = await pushImage(registry, 'a', 'v1'));
  });
  return { ...collecting, garbage, digest, image };
}

test('garbage goes within two passes, and can be pushed again; what is used stays', async () => {
  const { registry, pass, garbage, digest, store } = await withGarbage();
  // What was acknowledged is found again until it goes, also from the caches of this process.
  const passes = [await pass(), await pass()];
  expect(passes.reduce((sum, { blobs }) => sum + blobs, 0)).toBe(1);
  expect(await head(registry, 'a', digest)).toBe(404);
  expect((await listPaths(store.driver)).filter((path) => path.includes(digest.slice(7)))).toEqual([]);
  expect((await listPaths(store.driver, '/docker/registry/v2/_outrigger/gc')).sort()).toContain(STATE);
  await expect(store.driver.list(BATCHES)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
  await pushBlob(registry, 'a', garbage);
  const answer = await registry.call('GET', `a/blobs/${digest}`);
  expect(digestOf(new Uint8Array(await answer.arrayBuffer()))).toBe(digest);
  expect((await registry.call('GET', 'a/manifests/v1')).status).toBe(200);
});

test('a HEAD rescues what is condemned, durably, before it answers; after that it may be condemned again', async () => {
  const { registry, pass, digest, store } = await withGarbage();
  const { batch } = await store.state(isCondemned);
  expect(await head(registry, 'a', digest)).toBe(200);
  const rescued = `${BATCHES}/${String(batch?.id)}/rescued`;
  expect(await listPaths(store.driver, rescued)).toHaveLength(1);
  expect(await pass()).toMatchObject({ blobs: 0 });
  expect(await head(registry, 'a', digest)).toBe(200);
  const later = [await pass(), await pass(), await pass()];
  expect(later.reduce((sum, { blobs }) => sum + blobs, 0)).toBe(1);
});

test.each<[string, (registry: TestRegistry, garbage: Buffer, digest: string) => Promise<Response>]>([
  [
    'a mount',
    (registry, _garbage, digest) => registry.call('POST', `b/blobs/uploads/?mount=${digest}&from=a`),
  ],
  [
    'a push in one request',
    (registry, garbage, digest) =>
      registry.call('POST', `b/blobs/uploads/?digest=${digest}`, { body: garbage }),
  ],
  [
    'a push in chunks',
    async (registry, garbage, digest) => {
      const patched = await registry.call('PATCH', await startUpload(registry, 'b'), { body: garbage });
      return registry.call('PUT', withDigest(String(patched.headers.get('location')), digest));
    },
  ],
])('%s of condemned content rescues it, and a manifest can name it', async (_what, act) => {
  const { registry, pass, garbage, digest, store } = await withGarbage();
  const name = 'b';
  await store.state(isCondemned);
  expect((await act(registry, garbage, digest)).status).toBe(201);
  expect(await pass()).toMatchObject({ blobs: 0 });
  const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: garbage.length }];
  await pushImage(registry, name, 'v1', { layers });
  await pass();
  await pass();
  expect((await registry.call('GET', `b/blobs/${digest}`)).status).toBe(200);
});

test('a manifest rescues what it names: the HEAD may be as old as the grace period', async () => {
  const garbage = bytes(64);
  const digest = digestOf(garbage);
  const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: garbage.length }];
  let manifest: Buffer | undefined;
  const { registry, pass, store } = await collectingRegistry(async (each) => {
    await pushBlob(each, 'a', garbage);
    manifest = await makeImage(each, 'a', { layers });
  });
  if (manifest === undefined) throw new Error('nothing was prepared');
  await store.state(isCondemned);
  expect((await putManifest(registry, 'a', 'v2', manifest)).status).toBe(201);
  await pass();
  expect((await registry.call('GET', `a/blobs/${digest}`)).status).toBe(200);
});

/** Holds the delete of a blob's link, which goes first, until it is let go on. */
function holdDelete(driver: Parameters<typeof overrideDriver>[0], digest: string) {
  const reached = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  const held = overrideDriver(driver, {
    delete: async (path, options) => {
      if (path.endsWith(`/_layers/sha256/${digest.slice(7)}`)) {
        reached.resolve(undefined);
        await opened.promise;
      }
      return driver.delete(path, options);
    },
  });
  return { held, reached: reached.promise, open: () => opened.resolve(undefined) };
}

test('while it is being deleted, nobody gets an answer that could be wrong: a HEAD and a push wait', async () => {
  const store = await watchedStore();
  const { driver } = store;
  const gate = testGate(driver);
  const registry = await startRegistry({ driver, gate });
  const garbage = bytes(64);
  const digest = await pushBlob(registry, 'a', garbage);
  const { held, reached, open } = holdDelete(driver, digest);
  startCollecting(held, gate);
  await reached;
  const done: string[] = [];
  const note = async (what: string, answer: Promise<{ status: number }>) => {
    const { status } = await answer;
    done.push(`${what} ${String(status)}`);
  };
  const waiting = [
    note('head', registry.call('HEAD', `a/blobs/${digest}`)),
    note('push', registry.call('POST', `b/blobs/uploads/?digest=${digest}`, { body: garbage })),
    note('mount', registry.call('POST', `c/blobs/uploads/?mount=${digest}&from=a`)),
  ];
  // Turns of other requests are time enough for one that nothing holds back.
  for (let turn = 0; turn < 5; turn++) await registry.call('GET', '');
  expect(done).toEqual([]);
  open();
  await Promise.all(waiting);
  // Either order of the push and the others is right; what was pushed is there.
  expect(done).toContain('push 201');
  expect(await head(registry, 'b', digest)).toBe(200);
  expect((await registry.call('GET', `b/blobs/${digest}`)).status).toBe(200);
});

test('a replica that cannot read the state acknowledges nothing: 503, until it can', async () => {
  const { registry, digest, image, store, close } = await withGarbage();
  await close();
  const real = store.driver.get.bind(store.driver);
  store.spoil({
    get: (path, options) =>
      path === STATE ? Promise.reject(new StorageError('UNAVAILABLE', 'gone')) : real(path, options),
  });
  // Its view is fresh for a while: only what is acknowledged after that counts.
  await expect.poll(() => head(registry, 'a', digest)).toBe(503);
  expect((await registry.call('HEAD', `a/manifests/${image}`)).status).toBe(503);
  expect(
    (await registry.call('POST', `a/blobs/uploads/?digest=${digestOf('new')}`, { body: 'new' })).status,
  ).toBe(503);
  // Pulls go on.
  expect((await registry.call('GET', `a/blobs/${digest}`)).status).toBe(200);
  expect((await registry.call('GET', 'a/manifests/v1')).status).toBe(200);
  store.heal();
  expect(await head(registry, 'a', digest)).toBe(200);
});

test.each([
  ['behind', -6],
  ['ahead', 6],
  ['a year ahead', 365 * 24 * 60],
])('a store whose clock is %s by more than 5 minutes: nothing is condemned', async (_what, minutes) => {
  const store = await watchedStore();
  const gate = testGate(store.driver);
  const registry = await startRegistry({ driver: store.driver, gate });
  await pushBlob(registry, 'a', bytes(64));
  const skewed = overrideDriver(store.driver, {
    stat: async (path, options) => {
      const info = await store.driver.stat(path, options);
      return path === CLOCK
        ? { ...info, modTime: new Date(info.modTime.getTime() + minutes * 60_000) }
        : info;
    },
  });
  const { lines } = startCollecting(skewed, gate);
  await expect.poll(() => lines.join('\n')).toMatch(/error .*clocks .*nothing is deleted/);
  await expect(store.driver.get(STATE)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('a manifest that cannot be read: nothing is condemned, and it is said', async () => {
  const store = await watchedStore();
  const gate = testGate(store.driver);
  const registry = await startRegistry({ driver: store.driver, gate });
  await pushBlob(registry, 'a', bytes(64));
  const { digest } = await pushImage(registry, 'a', 'v1');
  await store.driver.put(dataOf(digest), Buffer.from('rotten'));
  const { lines } = startCollecting(store.driver, gate, { graceMs: 0 });
  await expect.poll(() => lines.join('\n')).toMatch(/error .*nothing more is deleted/);
  await expect(store.driver.get(STATE)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('what became young content again between two looks is spared', async () => {
  const { registry, pass, garbage, digest, store } = await withGarbage();
  await store.state(isCondemned);
  // As Distribution would do it: past the gate.
  await store.driver.put(dataOf(digest), garbage);
  await pushImage(registry, 'a', 'v3');
  await pass();
  expect((await registry.call('GET', 'a/manifests/v3')).status).toBe(200);
});

test('a dry run condemns nothing', async () => {
  const { pass, lines, store } = await collectingRegistry(
    async (registry) => {
      await pushBlob(registry, 'a', bytes(64));
    },
    { dryRun: true },
  );
  expect(await pass()).toMatchObject({ candidates: 1, blobs: 0 });
  expect(lines.join('\n')).toContain('1 would be condemned');
  await expect(store.driver.get(STATE)).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
});

test('untagged manifests go where that is wanted, with what only they name; a HEAD rescues all of it', async () => {
  const images: { content: Buffer; digest: string }[] = [];
  let referrer: Buffer = Buffer.alloc(0);
  const { registry, pass, store } = await collectingRegistry(
    async (each) => {
      for (let count = 0; count < 3; count++) images.push(await pushImage(each, 'a', 'moving'));
      const [, , { digest, content }] = images as [unknown, unknown, (typeof images)[0]];
      const subject = { mediaType: OCI_MANIFEST, digest, size: content.length };
      referrer = await makeImage(each, 'a', { subject });
      expect((await putManifest(each, 'a', digestOf(referrer), referrer)).status).toBe(201);
    },
    { deleteUntagged: true },
  );
  const [lost, used, tagged] = images as [(typeof images)[0], (typeof images)[0], (typeof images)[0]];
  await store.state(isCondemned);
  expect((await registry.call('HEAD', `a/manifests/${used.digest}`)).status).toBe(200);
  expect(await pass()).toMatchObject({ manifests: 1, blobs: 3 });
  expect((await registry.call('HEAD', `a/manifests/${lost.digest}`)).status).toBe(404);
  for (const content of [used.content, tagged.content, referrer]) {
    const { layers } = JSON.parse(content.toString()) as { layers: { digest: string }[] };
    for (const { digest } of [{ digest: digestOf(content) }, ...layers]) {
      const kind = digest === digestOf(content) ? 'manifests' : 'blobs';
      expect((await registry.call('GET', `a/${kind}/${digest}`)).status).toBe(200);
    }
  }
});

test('two sweepers: one of them sweeps at a time', async () => {
  const { lines, digest, store } = await withGarbage();
  const second = startCollecting(store.driver, testGate(store.driver));
  const isThere = async () => (await listPaths(store.driver)).includes(dataOf(digest));
  await expect.poll(isThere).toBe(false);
  expect([...lines, ...second.lines].filter((line) => /^(error|warn)/.test(line))).toEqual([]);
  expect(lines.length === 0 || second.lines.length === 0).toBe(true);
});

test('a sweeper that dies while it deletes: the next one goes on with its batch, without a new grace period', async () => {
  const store = await watchedStore();
  const { driver } = store;
  const gate = testGate(driver);
  const registry = await startRegistry({ driver, gate });
  const digest = await pushBlob(registry, 'a', bytes(64));
  const dead = { is: false };
  const dying = new Proxy(driver, {
    get: (target, key, receiver) => {
      const chosen: unknown = Reflect.get(target, key, receiver);
      if (typeof chosen !== 'function') return chosen;
      // It takes no part any more, and never hears of it.
      return (...args: unknown[]) => {
        if (key === 'delete' && args[0] === dataOf(digest)) dead.is = true;
        return dead.is ? new Promise(() => undefined) : (Reflect.apply(chosen, target, args) as unknown);
      };
    },
  });
  startHanging(dying, gate);
  const frozen = await store.state(isFrozen);
  const second = startCollecting(driver, gate);
  const next = await store.state(isCondemned);
  expect(next.batch?.id).toBe(frozen.batch?.id);
  expect(await second.pass()).toMatchObject({ blobs: 1 });
  expect(await head(registry, 'a', digest)).toBe(404);
});
