import type { StorageDriver } from '@outrigger/driver';
import { StorageError } from '@outrigger/driver';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { REPLICAS, replica } from '../../src/replicas/paths.js';
import { thisProcess } from '../../src/replicas/process-identity.js';
import {
  digestOf,
  errorCode,
  header,
  listPaths,
  makeImage,
  memoryDriver,
  overrideDriver,
  pushImage,
  putManifest,
} from '../registry-fixture.js';
import { settle } from './fake-time.js';
import { createHold } from './hold.js';
import { STORES, startBoth } from './start-both.js';

// Who waits for others waits by the clock.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], shouldAdvanceTime: true });
});
afterEach(() => {
  vi.useRealTimers();
});

const OWN = '/docker/registry/v2/repositories/a/_outrigger';
const PUSHING = `${OWN}/pushing`;
const DELETING = `${OWN}/deleting`;

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

/** Lets time pass until an answer is there. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  const isThere = answer.then(() => true);
  const pass = async () => {
    await settle();
    await vi.advanceTimersByTimeAsync(100);
    return false;
  };
  while (!(await Promise.race([isThere, pass()])));
  return answer;
}

/** What has been left below `directory`. */
async function marksIn(driver: StorageDriver, directory: string): Promise<string[]> {
  return (await listPaths(driver, '/docker/registry/v2/repositories')).filter((path) =>
    path.startsWith(directory),
  );
}

/** Holds back a push of the tag before it writes. */
function holdPush(driver: StorageDriver) {
  const hold = createHold();
  const override: Partial<StorageDriver> = {
    put: async (path, content, options) => {
      if (path.endsWith('/tags/v1/current/link')) await hold.pass();
      return driver.put(path, content, options);
    },
  };
  return { ...hold, override };
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

test.each(Object.entries(STORES))(
  '%s: a delete of a manifest on one replica waits for a push of its tag on the other',
  async (_, made) => {
    const driver = made(await memoryDriver());
    const hold = holdPush(driver);
    const [a, b] = await startBoth(driver, hold.override);
    const { digest } = await pushImage(a, 'a', 'v1');
    const other = await makeImage(a, 'a');
    hold.arm();
    const put = putManifest(b, 'a', 'v1', other);
    await hold.reached;
    const deleted = a.call('DELETE', `a/manifests/${digest}`);
    await settle();
    expect((await b.call('HEAD', `a/manifests/${digest}`)).status).toBe(200);
    hold.go();
    expect((await put).status).toBe(201);
    expect((await deleted).status).toBe(202);
    expect(header(await a.call('HEAD', 'a/manifests/v1'), 'docker-content-digest')).toBe(digestOf(other));
    expect(await marksIn(driver, OWN)).toEqual([]);
  },
);

test.each(Object.entries(STORES))(
  '%s: a delete of a tag leaves none of it, whatever the other replica pushes to it meanwhile',
  async (_, made) => {
    const driver = made(await memoryDriver());
    const hold = createHold();
    const [a, b] = await startBoth(driver, {
      put: async (path, content, options) => {
        // The tag is set, and its history is not there yet.
        if (path.includes('/tags/v1/index/')) await hold.pass();
        return driver.put(path, content, options);
      },
    });
    const content = await makeImage(b, 'a');
    hold.arm();
    const put = putManifest(b, 'a', 'v1', content);
    await hold.reached;
    const deleted = a.call('DELETE', 'a/manifests/v1');
    await settle();
    hold.go();
    expect((await put).status).toBe(201);
    expect((await deleted).status).toBe(202);
    expect((await b.call('HEAD', 'a/manifests/v1')).status).toBe(404);
    expect(await (await b.call('GET', 'a/tags/list')).json()).toEqual({ name: 'a', tags: [] });
  },
);

test('pushes go on side by side, and so do deletes', async () => {
  const driver = await memoryDriver();
  const pushing = holdPush(driver);
  const deleting = holdDelete(driver);
  const [a, b] = await startBoth(driver, { ...pushing.override, ...deleting.override });
  const [one, two] = [await pushImage(a, 'a', 'v1'), await pushImage(a, 'a', 'v2')];
  const other = await makeImage(b, 'a');
  pushing.arm();
  const put = putManifest(b, 'a', 'v1', other);
  await pushing.reached;
  expect((await putManifest(a, 'a', 'v3', one.content)).status).toBe(201);
  pushing.go();
  expect((await put).status).toBe(201);
  deleting.arm();
  const deleted = b.call('DELETE', `a/manifests/${one.digest}`);
  await deleting.reached;
  expect((await a.call('DELETE', `a/manifests/${two.digest}`)).status).toBe(202);
  deleting.go();
  expect((await deleted).status).toBe(202);
});

test('a push that has waited for one delete does not wait for the next: that one waits', async () => {
  const driver = await memoryDriver();
  const [first, second] = [holdDelete(driver), createHold()];
  const marks: string[] = [];
  const [a, b] = await startBoth(
    overrideDriver(driver, {
      put: async (path, content, options) => {
        if (path.startsWith(PUSHING)) marks.push(path);
        if (path.endsWith('.urgent')) await second.pass();
        return driver.put(path, content, options);
      },
    }),
    first.override,
  );
  const { digest } = await pushImage(a, 'a', 'v1');
  const next = await pushImage(a, 'a', 'v2');
  const content = await makeImage(a, 'a');
  first.arm();
  const deleted = b.call('DELETE', `a/manifests/${digest}`);
  await first.reached;
  marks.length = 0;
  second.arm();
  const put = putManifest(a, 'a', 'v1', content);
  await expect.poll(() => marks.length).toBe(1);
  first.go();
  expect((await deleted).status).toBe(202);
  await second.reached;
  // One that lives, and whose push goes on.
  const [other = ''] = marks;
  await driver.put(`${other}.urgent`, Buffer.alloc(0));
  const later = b.call('DELETE', `a/manifests/${next.digest}`);
  await settle();
  second.go();
  expect((await put).status).toBe(201);
  expect((await a.call('HEAD', `a/manifests/${next.digest}`)).status).toBe(200);
  await driver.delete(`${other}.urgent`);
  expect((await later).status).toBe(202);
  expect(marks.map((mark) => mark.endsWith('.urgent'))).toEqual([false, true]);
});

test.each([
  ['a push', DELETING],
  ['a delete', PUSHING],
])('%s is answered 503 where another replica does not come to its end', async (what, directory) => {
  const driver = await memoryDriver();
  const [a] = await startBoth(driver);
  const { digest, content } = await pushImage(a, 'a', 'v1');
  const others = (await listPaths(driver, REPLICAS)).map((path) => path.slice(REPLICAS.length + 1));
  for (const id of others) await driver.put(`${directory}/${id}.1`, Buffer.alloc(0));
  const answer =
    what === 'a push' ? putManifest(a, 'a', 'v2', content) : a.call('DELETE', `a/manifests/${digest}`);
  const { status } = await inTime(answer);
  expect(status).toBe(503);
  expect(await errorCode(await answer)).toBe('UNAVAILABLE');
  expect((await marksIn(driver, OWN)).filter((path) => !path.endsWith('.1'))).toEqual([]);
});

test.each([
  ['gone', undefined],
  ['known to be dead', JSON.stringify({ ...thisProcess(), started: '1' })],
])('what a replica that is %s had begun is waited for, and not for long', async (_, file) => {
  const driver = await memoryDriver();
  const [a] = await startBoth(driver);
  if (file !== undefined) await driver.put(replica('gone'), Buffer.from(file));
  await driver.put(`${DELETING}/gone.1`, Buffer.alloc(0));
  const content = await makeImage(a, 'a');
  const start = performance.now();
  const { status } = await inTime(putManifest(a, 'a', 'v1', content));
  expect(status).toBe(201);
  expect(performance.now() - start).toBeGreaterThanOrEqual(2000);
  expect(await marksIn(driver, OWN)).toEqual([]);
});

test('a mark that could not be removed is removed later', async () => {
  const driver = await memoryDriver();
  let failures = 0;
  const [a, b] = await startBoth(driver, {
    delete: async (path, options) => {
      if (path.startsWith(PUSHING) && failures++ === 0) throw new StorageError('UNAVAILABLE', 'not now');
      return driver.delete(path, options);
    },
  });
  const { digest } = await pushImage(b, 'a', 'v1');
  expect(await marksIn(driver, PUSHING)).toHaveLength(1);
  const { status } = await inTime(a.call('DELETE', `a/manifests/${digest}`));
  expect(status).toBe(202);
  expect(await marksIn(driver, OWN)).toEqual([]);
});

test('a mark that comes behind its failure is removed', async () => {
  const driver = await memoryDriver();
  let late = '';
  const [a, b] = await startBoth(driver, {
    put: async (path, content, options) => {
      if (!path.startsWith(PUSHING)) return driver.put(path, content, options);
      late = path;
      throw new StorageError('UNAVAILABLE', 'no answer');
    },
  });
  const { digest } = await pushImage(a, 'a', 'v1');
  const content = await makeImage(b, 'a');
  expect((await putManifest(b, 'a', 'v1', content)).status).toBe(503);
  await driver.put(late, Buffer.alloc(0));
  await vi.advanceTimersByTimeAsync(60_000);
  await settle();
  const { status } = await inTime(a.call('DELETE', `a/manifests/${digest}`));
  expect(status).toBe(202);
});

test('what a replica that came meanwhile has deleted of a push is pushed again', async () => {
  const driver = await memoryDriver();
  const hold = createHold();
  const held = overrideDriver(driver, {
    put: async (path, content, options) => {
      if (path.includes('/tags/v1/index/')) await hold.pass();
      return driver.put(path, content, options);
    },
  });
  let put: Promise<Response> | undefined;
  const [, b] = await startBoth(held, {}, async (first) => {
    const content = await makeImage(first, 'a');
    hold.arm();
    put = putManifest(first, 'a', 'v1', content);
    await hold.reached;
  });
  expect((await b.call('DELETE', 'a/manifests/v1')).status).toBe(202);
  hold.go();
  expect((await put)?.status).toBe(201);
  expect((await b.call('HEAD', 'a/manifests/v1')).status).toBe(200);
});
