import type { StorageDriver } from '@outrigger/driver';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { blobData } from '../../src/layout/paths.js';
import { parseDigest } from '../../src/reference/digest.js';
import { announcePresence } from '../../src/replicas/announce-presence.js';
import { REPLICAS, replica } from '../../src/replicas/paths.js';
import { thisProcess } from '../../src/replicas/process-identity.js';
import type { TestRegistry } from '../registry-fixture.js';
import {
  bytes,
  digestOf,
  errorCode,
  header,
  listPaths,
  makeImage,
  memoryDriver,
  overrideDriver,
  pushBlob,
  pushImage,
  putManifest,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';
import { createFakeTime, settle } from './fake-time.js';
import { createHold } from './hold.js';

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

// A mark of a deletion lingers for a while: time goes by turns of the process, which may stand still on a busy machine.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
});

/**
 * Two registries on one store that know of each other and may both write.
 *
 * @param meanwhile - what the first one does while it is alone
 */
async function startBoth(
  driver: StorageDriver,
  override: Partial<StorageDriver> = {},
  meanwhile: (first: TestRegistry) => Promise<unknown> = () => Promise.resolve(),
): Promise<[TestRegistry, TestRegistry]> {
  const time = createFakeTime();
  const start = async (own: StorageDriver) => {
    const presence = await announcePresence(own, SILENT, time.options);
    onTestFinished(() => presence.close());
    return startRegistry({ driver: own, presence });
  };
  const first = await start(driver);
  await meanwhile(first);
  const registries: [TestRegistry, TestRegistry] = [first, await start(overrideDriver(driver, override))];
  await time.pass(4000);
  await time.pass(2500);
  return registries;
}

/** What deletes have to hold on both: a file system, and a flat store of objects, whose directories move piece by piece. */
const STORES: Readonly<Record<string, (driver: StorageDriver) => StorageDriver>> = {
  'directories that move at once': (driver) => driver,
  objects: (driver) => {
    const { atomicDirectoryMove: _, ...capabilities } = driver.capabilities;
    return overrideDriver(driver, {
      capabilities,
      move: async (source, destination, options) => {
        if ((await driver.stat(source)).isDir) throw new Error(`the directory ${source} is moved`);
        await driver.move(source, destination, options);
      },
    });
  },
};

const at = (location: string, { origin }: TestRegistry) => {
  const { pathname, search } = new URL(location);
  return `${origin}${pathname}${search}`;
};

async function patch(registry: TestRegistry, location: string, body: Uint8Array): Promise<string> {
  const answer = await registry.call('PATCH', at(location, registry), { body });
  expect(answer.status).toBe(202);
  return header(answer, 'location');
}

test.each([
  ['A', 'A', 'B'],
  ['A', 'B', 'A'],
  ['B', 'A', 'B'],
  ['B', 'B', 'A'],
])('an upload whose requests go to %s, %s and %s', async (...order) => {
  const [a, b] = await startBoth(await memoryDriver());
  const [first, second, last] = order.map((name) => (name === 'A' ? a : b)) as [
    TestRegistry,
    TestRegistry,
    TestRegistry,
  ];
  const content = bytes(300_000);
  let location = await startUpload(first, 'a');
  location = await patch(first, location, content.subarray(0, 100_000));
  location = await patch(second, location, content.subarray(100_000));
  const digest = digestOf(content);
  const put = await last.call('PUT', at(withDigest(location, digest), last));
  expect(put.status).toBe(201);
  for (const registry of [a, b]) {
    const answer = await registry.call('GET', `a/blobs/${digest}`);
    expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
  }
});

/** Holds back whoever has just opened the data of an upload. */
function holdWriter(driver: StorageDriver) {
  const opened = Promise.withResolvers<undefined>();
  const go = Promise.withResolvers<undefined>();
  const override: Partial<StorageDriver> = {
    writer: async (path, options) => {
      const writer = await driver.writer(path, options);
      if (!path.endsWith('/data') || options?.mode === 'isolated') return writer;
      opened.resolve(undefined);
      await go.promise;
      return writer;
    },
  };
  return { override, opened: opened.promise, go: () => go.resolve(undefined) };
}

test.each(['whole', 'in chunks'])(
  'an upload that was begun while the other was not there yet is ended there, %s',
  async (how) => {
    const driver = await memoryDriver();
    let location = '';
    const [a, b] = await startBoth(driver, {}, async (first) => {
      location = await startUpload(first, 'a');
    });
    expect((await listPaths(driver)).filter((path) => path.includes('_uploads'))).toEqual([]);
    const content = bytes(1000);
    if (how === 'in chunks') location = await patch(b, location, content);
    const body = how === 'in chunks' ? undefined : content;
    const put = await b.call('PUT', at(withDigest(location, digestOf(content)), b), { body });
    expect(put.status).toBe(201);
    expect((await a.call('GET', `a/blobs/${digestOf(content)}`)).status).toBe(200);
    expect((await listPaths(driver)).filter((path) => path.includes('_uploads'))).toEqual([]);
  },
);

test('both write to one upload: a digest that its data do not have is refused, though one of them has seen it', async () => {
  const driver = await memoryDriver();
  const hold = holdWriter(driver);
  const [a, b] = await startBoth(driver, hold.override);
  const good = bytes(50_000);
  const location = await startUpload(a, 'a');
  const writing = b.call('PATCH', at(location, b), { body: bytes(50_000) });
  await hold.opened;
  const after = await patch(a, location, good);
  hold.go();
  expect((await writing).status).toBe(202);
  const put = await a.call('PUT', withDigest(after, digestOf(good)));
  expect(put.status).toBe(400);
  expect(await errorCode(put)).toBe('DIGEST_INVALID');
  expect((await b.call('HEAD', `a/blobs/${digestOf(good)}`)).status).toBe(404);
});

test('one that still writes to an upload does not write to the blob that the other made of it', async () => {
  const driver = await memoryDriver();
  const hold = holdWriter(driver);
  const [a, b] = await startBoth(driver, hold.override);
  const content = bytes(50_000);
  const digest = digestOf(content);
  const location = await startUpload(a, 'a');
  const after = await patch(a, location, content);
  const body = bytes(1000);
  const writing = b.call('PATCH', at(after, b), { body });
  await hold.opened;
  expect((await a.call('PUT', withDigest(after, digest))).status).toBe(201);
  hold.go();
  await (await writing).arrayBuffer();
  expect(digestOf(await driver.get(blobData(parseDigest(digest))))).toBe(digest);
});

test('data that the other one is just placing is not begun anew', async () => {
  const driver = await memoryDriver();
  const [a, b] = await startBoth(driver);
  const location = await patch(a, await startUpload(a, 'a'), bytes(100));
  const { pathname } = new URL(location);
  const id = pathname.slice(pathname.lastIndexOf('/') + 1);
  await driver.delete(`/docker/registry/v2/repositories/a/_uploads/${id}/data`);
  const put = await b.call('PUT', at(withDigest(location, digestOf('x')), b));
  expect(put.status).toBe(416);
  expect(header(put, 'range')).toBe('0-0');
  expect((await a.call('GET', location)).status).toBe(204);
});

/** Holds back the delete of the tag that was read. */
function holdDelete(driver: StorageDriver) {
  const hold = createHold();
  const override: Partial<StorageDriver> = {
    get: async (path, options) => {
      const content = await driver.get(path, options);
      if (path.endsWith('/tags/v1/current/link')) await hold.pass();
      return content;
    },
  };
  return { ...hold, override };
}

/** Lets a delete go on that is held back, beside a push that sees it and waits for its end. */
async function endBoth(
  hold: Pick<ReturnType<typeof createHold>, 'go'>,
  deleted: Promise<Response>,
  put: Promise<Response>,
): Promise<void> {
  await settle();
  hold.go();
  expect((await deleted).status).toBe(202);
  expect((await put).status).toBe(201);
}

/** Holds back a push of the tag before it writes, and whoever looks for deletes. */
function holdPush(driver: StorageDriver) {
  const [writing, looking] = [createHold(), createHold()];
  const held = overrideDriver(driver, {
    put: async (path, content, options) => {
      if (path.endsWith('/tags/v1/current/link')) await writing.pass();
      return driver.put(path, content, options);
    },
    list: async (path, options) => {
      if (path.endsWith('/_outrigger/deleting')) await looking.pass();
      return driver.list(path, options);
    },
  });
  return { held, writing, looking };
}

test.each(Object.entries(STORES))(
  '%s: a delete of a manifest on one replica takes no tag that the other has set meanwhile',
  async (_, made) => {
    const driver = made(await memoryDriver());
    const hold = holdDelete(driver);
    const [a, b] = await startBoth(driver, hold.override);
    const { digest } = await pushImage(a, 'a', 'v1');
    const other = await makeImage(a, 'a');
    hold.arm();
    const deleted = b.call('DELETE', `a/manifests/${digest}`);
    await hold.reached;
    await endBoth(hold, deleted, putManifest(a, 'a', 'v1', other));
    const answer = await a.call('GET', 'a/manifests/v1');
    expect(answer.status).toBe(200);
    expect(header(answer, 'docker-content-digest')).toBe(digestOf(other));
  },
);

test.each(Object.entries(STORES))(
  '%s: a push of a manifest that the other replica is deleting leaves all of it, or nothing',
  async (_, made) => {
    const driver = made(await memoryDriver());
    const hold = holdDelete(driver);
    const [a, b] = await startBoth(driver, hold.override);
    const { digest, content } = await pushImage(a, 'a', 'v1');
    hold.arm();
    const deleted = b.call('DELETE', `a/manifests/${digest}`);
    await hold.reached;
    await endBoth(hold, deleted, putManifest(a, 'a', 'v2', content));
    expect((await a.call('GET', 'a/manifests/v2')).status).toBe(200);
    expect((await a.call('GET', `a/manifests/${digest}`)).status).toBe(200);
  },
);

test('a delete that goes on beside the whole push takes nothing of it', async () => {
  const driver = await memoryDriver();
  const deleting = holdDelete(driver);
  const marked = Promise.withResolvers<undefined>();
  const listed = Promise.withResolvers<undefined>();
  let isHeld = false;
  // The delete leaves its mark just after the push has looked for one.
  const [a, b] = await startBoth(
    overrideDriver(driver, {
      list: async (path, options) => {
        const page = driver.list(path, options);
        if (!path.endsWith('/_outrigger/deleting') || !isHeld) return page;
        isHeld = false;
        await page.catch(() => undefined);
        listed.resolve(undefined);
        await marked.promise;
        return page;
      },
    }),
    deleting.override,
  );
  const { digest } = await pushImage(a, 'a', 'v1');
  const other = await makeImage(a, 'a');
  isHeld = true;
  const put = putManifest(a, 'a', 'v1', other);
  await listed.promise;
  deleting.arm();
  const deleted = b.call('DELETE', `a/manifests/${digest}`);
  await deleting.reached;
  marked.resolve(undefined);
  await endBoth(deleting, deleted, put);
  expect(header(await b.call('HEAD', 'a/manifests/v1'), 'docker-content-digest')).toBe(digestOf(other));
});

test.each(Object.entries(STORES))(
  '%s: a tag that was deleted by its name while it was pushed is not set again',
  async (_, made) => {
    const driver = made(await memoryDriver());
    const { held, writing, looking } = holdPush(driver);
    const [a, b] = await startBoth(held);
    const { digest } = await pushImage(b, 'a', 'v1');
    const other = await makeImage(a, 'a');
    writing.arm();
    const put = putManifest(a, 'a', 'v1', other);
    await writing.reached;
    expect((await b.call('DELETE', `a/manifests/${digest}`)).status).toBe(202);
    looking.arm();
    writing.go();
    await looking.reached;
    // What the push has set is there, and it is not acknowledged yet.
    expect((await b.call('DELETE', 'a/manifests/v1')).status).toBe(202);
    looking.go();
    expect((await put).status).toBe(201);
    expect((await a.call('HEAD', 'a/manifests/v1')).status).toBe(404);
    expect((await a.call('HEAD', `a/manifests/${digestOf(other)}`)).status).toBe(200);
  },
);

test('nor when its push waits for another delete for so long that the mark of that one is gone', async () => {
  const driver = await memoryDriver();
  const writing = createHold();
  const seen = Promise.withResolvers<undefined>();
  const marks = '/docker/registry/v2/repositories/a/_outrigger/deleting';
  const [a, b] = await startBoth(
    overrideDriver(driver, {
      put: async (path, content, options) => {
        if (path.endsWith('/tags/v1/current/link')) await writing.pass();
        return driver.put(path, content, options);
      },
      get: async (path, options) => {
        const content = await driver.get(path, options);
        if (path.startsWith(marks) && Buffer.from(content).toString().includes('byName'))
          seen.resolve(undefined);
        return content;
      },
    }),
  );
  const { digest } = await pushImage(b, 'a', 'v1');
  const other = await makeImage(a, 'a');
  writing.arm();
  const put = putManifest(a, 'a', 'v1', other);
  await writing.reached;
  const [living = ''] = await listPaths(driver, REPLICAS);
  const long = `${marks}/${living.slice(REPLICAS.length + 1)}.long`;
  await driver.put(long, Buffer.from('{}'));
  writing.go();
  await expect
    .poll(async () => header(await b.call('HEAD', 'a/manifests/v1'), 'docker-content-digest'))
    .toBe(digestOf(other));
  expect((await b.call('DELETE', 'a/manifests/v1')).status).toBe(202);
  await seen.promise;
  for (const mark of await listPaths(driver, marks)) if (mark !== long) await driver.delete(mark);
  await driver.put(long, Buffer.from(JSON.stringify({ digest, tags: ['v1'] })));
  expect((await put).status).toBe(201);
  expect((await a.call('HEAD', 'a/manifests/v1')).status).toBe(404);
});

test('what a delete has taken of a push before its replica was killed is set again', async () => {
  const driver = await memoryDriver();
  const { held, writing, looking } = holdPush(driver);
  const [a] = await startBoth(held);
  const other = await makeImage(a, 'a');
  writing.arm();
  const put = putManifest(a, 'a', 'v1', other);
  await writing.reached;
  const mark = '/docker/registry/v2/repositories/a/_outrigger/deleting/killed.1';
  await driver.put(mark, Buffer.from('{}'));
  looking.arm();
  writing.go();
  await looking.reached;
  await driver.delete('/docker/registry/v2/repositories/a/_manifests/tags/v1');
  looking.go();
  expect((await put).status).toBe(201);
  expect((await a.call('HEAD', 'a/manifests/v1')).status).toBe(200);
});

test.each([
  ['gone', undefined],
  ['known to be dead', JSON.stringify({ ...thisProcess(), started: '1' })],
])('the mark of a replica that is %s holds nobody up', async (_, file) => {
  const driver = await memoryDriver();
  const [a] = await startBoth(driver);
  if (file !== undefined) await driver.put(replica('gone'), Buffer.from(file));
  const mark = '/docker/registry/v2/repositories/a/_outrigger/deleting/gone.1';
  await driver.put(mark, Buffer.alloc(0));
  await pushImage(a, 'a', 'v1');
  // It stays for who pushes meanwhile, and says to everybody that nobody has to wait.
  expect(Buffer.from(await driver.get(mark)).toString()).toBe('{"digest":"*","tags":[]}');
});

test.each(Object.entries(STORES))(
  '%s: beside others links are read from the store every time',
  async (_, made) => {
    const driver = made(await memoryDriver());
    const [a, b] = await startBoth(driver);
    const first = await pushImage(a, 'a', 'v1');
    expect(header(await b.call('HEAD', 'a/manifests/v1'), 'docker-content-digest')).toBe(first.digest);
    const second = await pushImage(a, 'a', 'v1');
    expect(header(await b.call('HEAD', 'a/manifests/v1'), 'docker-content-digest')).toBe(second.digest);
    expect((await a.call('DELETE', 'a/manifests/v1')).status).toBe(202);
    expect((await b.call('HEAD', 'a/manifests/v1')).status).toBe(404);
    const blob = await pushBlob(a, 'a', bytes(10));
    expect((await b.call('HEAD', `a/blobs/${blob}`)).status).toBe(200);
    expect((await a.call('DELETE', `a/blobs/${blob}`)).status).toBe(202);
    expect((await b.call('HEAD', `a/blobs/${blob}`)).status).toBe(404);
  },
);
