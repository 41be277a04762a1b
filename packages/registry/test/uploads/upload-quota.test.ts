import { expect, test } from 'vitest';
import { createUploadQuota } from '../../src/uploads/upload-quota.js';

const MINUTE = 60_000;

function setUp(limit: number) {
  let time = 0;
  let count = 0;
  const gone = new Set<string>();
  let looks = 0;
  const isThere = async ({ id }: { id: string }) => {
    looks++;
    return !gone.has(id);
  };
  const quota = createUploadQuota({ limit, isThere, now: () => time });
  const start = async () => ({ name: 'a', id: String(++count), offset: 0, startedAt: new Date(0) });
  return {
    quota,
    /** Another replica ends it. */
    endElsewhere: (id: string) => gone.add(id),
    looks: () => looks,
    begin: async (owner = 'me') => (await quota.begin(owner, start)).id,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

const TOO_MANY = { code: 'TOO_MANY_UPLOADS' };

test('each owner has its own places, and an end frees one', async () => {
  const { quota, begin } = setUp(2);
  const first = await begin();
  await begin();
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
  await begin('you');
  quota.end(first);
  quota.end(first);
  await begin();
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
});

test('places are taken before the upload is there, and given back when it does not come to be', async () => {
  const { quota, begin } = setUp(1);
  const fault = new Error('the store is away');
  const started = Promise.withResolvers<never>();
  const failing = quota.begin('me', () => started.promise);
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
  started.reject(fault);
  await expect(failing).rejects.toBe(fault);
  await begin();
});

test('an upload of one request counts while it runs', async () => {
  const { quota, begin } = setUp(1);
  const pushed = Promise.withResolvers<undefined>();
  const push = quota.whole('me', () => pushed.promise);
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
  pushed.resolve(undefined);
  await push;
  await begin();
});

test('one that was left frees its place after a quarter of an hour, and one that is being sent does not', async () => {
  const { quota, begin, pass } = setUp(2);
  const left = await begin();
  const slow = await begin();
  const sent = Promise.withResolvers<undefined>();
  const sending = quota.during(slow, () => sent.promise);
  pass(15 * MINUTE - 1);
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
  pass(1);
  await begin();
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
  sent.resolve(undefined);
  await sending;
  pass(14 * MINUTE);
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
  // What counts no more is no fault when it goes on or ends.
  await quota.during(left, () => Promise.resolve());
  quota.end(left);
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
});

test('what another replica has ended frees its place when there is no other, and the store is asked once a second', async () => {
  const { begin, endElsewhere, looks, pass } = setUp(2);
  endElsewhere(await begin());
  const kept = await begin();
  await begin();
  expect(looks()).toBe(2);
  for (let times = 0; times < 3; times++) await expect(begin()).rejects.toMatchObject(TOO_MANY);
  endElsewhere(kept);
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
  expect(looks()).toBe(2);
  pass(1000);
  await begin();
  await expect(begin()).rejects.toMatchObject(TOO_MANY);
});
