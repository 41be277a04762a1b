import { expect, test } from 'vitest';
import { ALWAYS_ALONE } from '../../src/index.js';
import {
  digestOf,
  errorCode,
  header,
  makeImage,
  memoryDriver,
  overrideDriver,
  pushImage,
  putManifest,
  startRegistry,
  startUpload,
  withDigest,
} from '../registry-fixture.js';

/** A place where a request waits until the test lets it go on. */
function createGate(): { reached: Promise<void>; open: () => void; pass: () => Promise<void> } {
  const reached = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  return {
    reached: reached.promise,
    open: () => {
      opened.resolve(undefined);
    },
    pass: async () => {
      reached.resolve(undefined);
      await opened.promise;
    },
  };
}

test('a delete of a manifest leaves a tag that was moved to another one meanwhile', async () => {
  const driver = await memoryDriver();
  const gate = createGate();
  let deleting = false;
  const registry = await startRegistry({
    driver: overrideDriver(driver, {
      get: async (path, options) => {
        const content = await driver.get(path, options);
        if (deleting && path.endsWith('/tags/v1/current/link')) {
          deleting = false;
          await gate.pass();
        }
        return content;
      },
    }),
  });
  const { digest } = await pushImage(registry, 'a', 'v1');
  const other = await makeImage(registry, 'a');
  deleting = true;
  const deleted = registry.call('DELETE', `a/manifests/${digest}`);
  await gate.reached;
  expect((await putManifest(registry, 'a', 'v1', other)).status).toBe(201);
  gate.open();
  expect((await deleted).status).toBe(202);
  const answer = await registry.call('GET', 'a/manifests/v1');
  expect(answer.status).toBe(200);
  expect(header(answer, 'docker-content-digest')).toBe(digestOf(other));
});

test('a delete of a tag while it is set never leaves one that is listed and has no manifest', async () => {
  const driver = await memoryDriver();
  const gate = createGate();
  const registry = await startRegistry({
    driver: overrideDriver(driver, {
      put: async (path, content, options) => {
        if (path.includes('/tags/v1/index/')) await gate.pass();
        await driver.put(path, content, options);
      },
    }),
  });
  const pushed = pushImage(registry, 'a', 'v1');
  await gate.reached;
  const deleted = registry.call('DELETE', 'a/manifests/v1');
  // Turns of other requests are time enough for a delete that nothing holds back.
  for (let turn = 0; turn < 3; turn++) await registry.call('GET', '');
  gate.open();
  await pushed;
  expect((await deleted).status).toBe(202);
  expect(await (await registry.call('GET', 'a/tags/list')).json()).toEqual({ name: 'a', tags: [] });
});

test.each([true, false])(
  'the status of an upload that ends meanwhile (a commit that places: %s): BLOB_UPLOAD_UNKNOWN',
  async (commitTo) => {
    const driver = await memoryDriver();
    const gate = createGate();
    const registry = await startRegistry({
      presence: ALWAYS_ALONE,
      driver: overrideDriver(driver, {
        capabilities: { ...driver.capabilities, commitTo },
        delete: async (path, options) => {
          if (path.includes('/_uploads/')) await gate.pass();
          await driver.delete(path, options);
        },
      }),
    });
    const patch = await registry.call('PATCH', await startUpload(registry, 'a'), { body: 'hello' });
    const location = header(patch, 'location');
    const put = registry.call('PUT', withDigest(location, digestOf('hello')));
    await gate.reached;
    const status = registry.call('GET', location);
    gate.open();
    expect((await put).status).toBe(201);
    expect((await status).status).toBe(404);
    expect(await errorCode(await status)).toBe('BLOB_UPLOAD_UNKNOWN');
  },
);
