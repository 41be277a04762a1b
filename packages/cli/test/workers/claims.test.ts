import type { KeyListener } from '@outrigger/registry';
import { expect, test } from 'vitest';
import type { ClaimDesk, Member } from '../../src/workers/claim-desk.js';
import { createClaimDesk } from '../../src/workers/claim-desk.js';
import type { FamilyLink } from '../../src/workers/family-link.js';
import { createFamilyLink } from '../../src/workers/family-link.js';
import type { KeysToPrimary } from '../../src/workers/messages.js';

interface TestWorker {
  readonly link: FamilyLink;
  readonly member: Member;
  /** What its facts were told. */
  readonly told: string[];
  /** Says nothing, and hears nothing, while it is set. */
  isStopped: boolean;
  isKilled: boolean;
}

/** A worker whose channel is a call. */
function joinWorker(desk: ClaimDesk, number: number): TestWorker {
  const waiting: KeysToPrimary[] = [];
  const told: string[] = [];
  const member: Member = {
    send: (keys) => {
      if (!worker.isStopped) worker.link.receive(keys);
    },
    kill: () => (worker.isKilled = true),
  };
  const link = createFamilyLink({
    id: 'family',
    number,
    count: 2,
    held: desk.join(member),
    send: (keys) => {
      if (!worker.isStopped) desk.receive(member, keys);
      else waiting.push(keys);
    },
  });
  const worker: TestWorker = { link, member, told, isStopped: false, isKilled: false };
  link.listen('link', listener(told));
  return worker;
}

function listener(told: string[]): KeyListener {
  return {
    hold: (key) => void told.push(`hold ${key}`),
    release: (key) => void told.push(`release ${key}`),
    forget: (key) => void told.push(`forget ${key}`),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const turns = async () => {
  for (let count = 0; count < 6; count++) await turn();
};

function state(promise: Promise<unknown>): () => string {
  let now = 'pending';
  promise.then(
    () => (now = 'granted'),
    () => (now = 'failed'),
  );
  return () => now;
}

test('a claim is granted when all others hold the key, who hear of its end', async () => {
  const desk = createClaimDesk();
  const [one, two, three] = [joinWorker(desk, 1), joinWorker(desk, 2), joinWorker(desk, 3)];
  const release = await one.link.claim('link:a');
  expect([one.told, two.told, three.told]).toEqual([[], ['hold a'], ['hold a']]);
  release();
  await turns();
  expect([one.told, two.told]).toEqual([[], ['hold a', 'release a']]);
});

test('the only worker waits for nobody', async () => {
  const desk = createClaimDesk();
  (await joinWorker(desk, 1).link.claim('link:a'))();
});

test('two may claim the same at once: each hears of the other', async () => {
  const desk = createClaimDesk();
  const [one, two] = [joinWorker(desk, 1), joinWorker(desk, 2)];
  const both = await Promise.all([one.link.claim('link:a'), two.link.claim('link:a')]);
  expect([one.told, two.told]).toEqual([['hold a'], ['hold a']]);
  for (const release of both) release();
  await turns();
  expect(one.told).toEqual(['hold a', 'release a']);
});

test('one that comes later holds what is claimed at that moment', async () => {
  const desk = createClaimDesk();
  const one = joinWorker(desk, 1);
  const release = await one.link.claim('link:a');
  const two = joinWorker(desk, 2);
  expect(two.told).toEqual(['hold a']);
  release();
  await turns();
  expect(two.told).toEqual(['hold a', 'release a']);
});

test('one that does not answer is killed; when it is gone the claim is granted', async () => {
  const desk = createClaimDesk();
  const [one, two] = [joinWorker(desk, 1), joinWorker(desk, 2)];
  two.isStopped = true;
  const claim = one.link.claim('link:a');
  const now = state(claim);
  await turns();
  for (let tick = 1; tick < 10; tick++) desk.tick([]);
  expect([two.isKilled, now()]).toEqual([false, 'pending']);
  desk.tick([]);
  expect([one.isKilled, two.isKilled]).toEqual([false, true]);
  desk.leave(two.member);
  (await claim)();
});

test('what a dead worker was about to change is held until its driver is gone', async () => {
  const desk = createClaimDesk();
  const [one, two] = [joinWorker(desk, 1), joinWorker(desk, 2)];
  await one.link.claim('link:a');
  desk.leave(one.member);
  await turns();
  expect(two.told).toEqual(['hold a']);
  // So does the one that comes in its place, though not before that.
  desk.bury(one.member);
  await turns();
  expect(two.told).toEqual(['hold a', 'release a']);
});

test('what a dead worker had only asked for is free at once', async () => {
  const desk = createClaimDesk();
  const [one, two, three] = [joinWorker(desk, 1), joinWorker(desk, 2), joinWorker(desk, 3)];
  three.isStopped = true;
  const now = state(one.link.claim('link:a'));
  await turns();
  expect(now()).toBe('pending');
  desk.leave(one.member);
  await turns();
  expect(two.told).toEqual(['hold a', 'release a']);
});

test('keys are told to the others only, and to those who listen for their kind', async () => {
  const desk = createClaimDesk();
  const [one, two] = [joinWorker(desk, 1), joinWorker(desk, 2)];
  one.link.tell('link:a:b');
  one.link.tell('size:c');
  await turns();
  expect([one.told, two.told]).toEqual([[], ['forget a:b']]);
});

test('each upload belongs to one worker, and what is no id to everybody', () => {
  const links = [1, 2].map((number) => joinWorker(createClaimDesk(), number).link);
  for (const id of ['0191a3c4-0000-7000-8000-00000000000a', '3f2a0f60-1c5e-4b7a-9d3e-5f6a7b8c9d0f'])
    expect(links.filter((link) => link.ownsUpload(id))).toHaveLength(1);
  expect(links.every((link) => link.ownsUpload('not an id'))).toBe(true);
});

test('one that gives no sign of life is killed though nobody waits for it', async () => {
  const desk = createClaimDesk();
  const [one, two] = [joinWorker(desk, 1), joinWorker(desk, 2)];
  two.isStopped = true;
  for (let tick = 0; tick < 40; tick++) {
    desk.tick([one.member, two.member]);
    await turns();
  }
  expect([one.isKilled, two.isKilled]).toEqual([false, true]);
  expect(one.told).toEqual([]);
});
