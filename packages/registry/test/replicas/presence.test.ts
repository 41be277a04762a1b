import { hostname } from 'node:os';
import type { StorageDriver } from '@outrigger/driver';
import { StorageError, pathNotFound } from '@outrigger/driver';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { announcePresence } from '../../src/replicas/announce-presence.js';
import { BELL, REPLICAS, replica } from '../../src/replicas/paths.js';
import type { Presence } from '../../src/replicas/presence.js';
import { UNCERTAIN } from '../../src/replicas/presence.js';
import { thisProcess } from '../../src/replicas/process-identity.js';
import { listPaths, memoryDriver, overrideDriver } from '../registry-fixture.js';
import type { FakeTime } from './fake-time.js';
import { createFakeTime, settle } from './fake-time.js';
import { createHold } from './hold.js';
import { comeAs, elsewhere } from './stranger.js';

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

async function join(driver: StorageDriver, time: FakeTime): Promise<Presence> {
  const presence = await announcePresence(driver, SILENT, time.options);
  onTestFinished(() => presence.close());
  return presence;
}

/** From then on listings know whoever has come. */
async function settled(presence: Presence, time: FakeTime): Promise<void> {
  await time.pass(60_000);
  await presence.findAlone();
}

/** A store whose listings say nothing of what was put since, until they catch up. */
function lateListings(driver: StorageDriver) {
  const state = { isLate: true };
  const late = overrideDriver(driver, {
    list: (path, options) =>
      state.isLate && path === REPLICAS ? Promise.reject(pathNotFound(path)) : driver.list(path, options),
  });
  return { driver: late, catchUp: () => void (state.isLate = false) };
}

/** Counts the calls of a driver by their method and what they are about. */
function count(driver: StorageDriver): { driver: StorageDriver; take: () => Record<string, number> } {
  let counts: Record<string, number> = {};
  const counted = (method: 'get' | 'put' | 'list') =>
    ((path: string, ...rest: never[]) => {
      const what = `${method} ${path.startsWith(`${REPLICAS}/`) ? 'file' : path.slice(path.lastIndexOf('/') + 1)}`;
      counts[what] = (counts[what] ?? 0) + 1;
      return (driver[method] as (path: string, ...rest: never[]) => unknown)(path, ...rest);
    }) as never;
  return {
    driver: overrideDriver(driver, { get: counted('get'), put: counted('put'), list: counted('list') }),
    take() {
      const taken = counts;
      counts = {};
      return taken;
    },
  };
}

describe('one registry', () => {
  test('is alone at once, and as long as it looks again in time', async () => {
    const time = createFakeTime();
    const presence = await join(await memoryDriver(), time);
    const { epoch } = presence;
    expect(presence.joining).toBeUndefined();
    for (let count = 0; count < 10; count++) {
      expect(presence.isAlone()).toBe(true);
      await time.pass(900);
    }
    expect(presence.epoch).toBe(epoch);
  });

  test.each(['pass', 'sleep'] as const)(
    'that has not looked for two seconds and a half is not sure (%s); what it knew is true if nobody has come',
    async (how) => {
      const time = createFakeTime();
      const presence = await join(await memoryDriver(), time);
      const { epoch } = presence;
      await time[how](2500);
      expect(presence.isAlone()).toBe(false);
      await settle();
      expect(presence.isAlone()).toBe(true);
      expect(presence.epoch).toBe(epoch);
    },
  );

  test('somebody who came and went while it did not look ends the epoch', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    const presence = await join(driver, time);
    const { epoch } = presence;
    await comeAs(driver, 'other');
    await driver.delete(replica('other'));
    await time.pass(100_000);
    expect(await presence.findAlone()).toBe(true);
    expect(presence.epoch).toBeGreaterThan(epoch);
  });

  test('reads the bell when it is used, and nothing else', async () => {
    const time = createFakeTime();
    const { driver, take } = count(await memoryDriver());
    const presence = await join(driver, time);
    await settled(presence, time);
    take();
    for (let passed = 0; passed < 60_000; passed += 100) {
      presence.isAlone();
      await time.pass(100);
    }
    expect(take()).toEqual({ 'get bell': 74 });
  });

  test('that is idle reads the bell four times a minute, until somebody comes: then it shows itself', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const time = createFakeTime();
    const store = await memoryDriver();
    const { driver, take } = count(store);
    const presence = await join(driver, time);
    const beat = async () => {
      await time.pass(15_000);
      vi.advanceTimersByTime(15_000);
      await settle();
      return take();
    };
    take();
    for (let beats = 0; beats < 3; beats++) expect(await beat()).toMatchObject({ 'list replicas': 1 });
    for (let beats = 0; beats < 10; beats++) {
      expect(await beat()).toEqual({ 'get bell': 1 });
      expect(presence.joining).toBeUndefined();
    }
    await comeAs(store, 'other');
    expect(await beat()).toMatchObject({ 'list replicas': 1, 'put file': 1 });
    expect(presence.others).toBe(1);
    expect(await beat()).toEqual({ 'put file': 1 });
  });

  test('rings again where somebody has taken the bell away', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const time = createFakeTime();
    const driver = await memoryDriver();
    const presence = await join(driver, time);
    await driver.delete(BELL);
    await time.pass(15_000);
    vi.advanceTimersByTime(15_000);
    await settle();
    expect(await listPaths(driver)).toContain(BELL);
    expect(await presence.findAlone()).toBe(true);
  });

  test('findAlone looks first', async () => {
    const time = createFakeTime();
    const presence = await join(await memoryDriver(), time);
    await time.pass(5000);
    expect(await presence.findAlone()).toBe(true);
  });

  test('leaves nothing behind but the bell, and is not alone any more', async () => {
    const driver = await memoryDriver();
    const presence = await announcePresence(driver, SILENT, createFakeTime().options);
    expect(await listPaths(driver, REPLICAS)).toHaveLength(1);
    await presence.close();
    expect(await listPaths(driver)).toEqual([BELL]);
    expect(presence.isAlone()).toBe(false);
  });

  test('a store that cannot be written to: uncertain for ever', async () => {
    const driver = overrideDriver(await memoryDriver(), {
      put: () => Promise.reject(new StorageError('UNSUPPORTED', 'read-only')),
    });
    expect(await announcePresence(driver, SILENT)).toBe(UNCERTAIN);
  });

  test('a store that fails at the start: nothing is changed before this process can be seen', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    let isDown = true;
    const down = () => Promise.reject(new StorageError('UNAVAILABLE', 'down'));
    const presence = await join(
      overrideDriver(driver, {
        put: (path, content, options) => (isDown ? down() : driver.put(path, content, options)),
      }),
      time,
    );
    expect(presence.isAlone()).toBe(false);
    await expect(presence.joining).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    isDown = false;
    const { joining } = presence;
    expect(joining).toBeDefined();
    await settle();
    expect(await listPaths(driver, REPLICAS)).toHaveLength(1);
    await time.pass(4000);
    await joining;
    expect(presence.joining).toBeUndefined();
    expect(await presence.findAlone()).toBe(true);
  });

  test('a store that does not answer: not alone when the last look is two seconds and a half old', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    let isDown = false;
    const presence = await join(
      overrideDriver(driver, {
        get: (path, options) =>
          isDown ? Promise.reject(new StorageError('UNAVAILABLE', 'down')) : driver.get(path, options),
      }),
      time,
    );
    isDown = true;
    await time.pass(2499);
    expect(presence.isAlone()).toBe(true);
    await time.pass(1);
    expect(presence.isAlone()).toBe(false);
    expect(await presence.findAlone()).toBe(false);
  });
});

describe('two registries', () => {
  test('the second one changes nothing until the first one cannot take itself for alone any more', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    const first = await join(driver, time);
    // The look that counts for longest: just before the other one comes.
    await time.pass(800);
    expect(first.isAlone()).toBe(true);
    await settle();
    const { epoch } = first;
    const second = await join(driver, time);
    expect(second.isAlone()).toBe(false);
    for (let waited = 0; second.joining !== undefined; waited += 100) {
      expect(waited).toBeLessThanOrEqual(4000);
      await time.pass(100);
      if (waited >= 2500) expect(first.isAlone()).toBe(false);
    }
    expect(first.isAlone()).toBe(false);
    expect(first.epoch).toBeGreaterThan(epoch);
    expect([first.others, second.others]).toEqual([1, 1]);
  });

  test('who comes at the same time waits, both of them or the later one', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    const both = await Promise.all([join(driver, time), join(driver, time)]);
    await settle();
    const mayWrite = both.filter(({ joining }) => joining === undefined);
    expect(mayWrite.length).toBeLessThan(2);
  });

  test('is alone again, in a new epoch, when the other one has gone', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    const first = await join(driver, time);
    const second = await announcePresence(driver, SILENT, time.options);
    await time.pass(900);
    expect(first.isAlone()).toBe(true);
    await settle();
    expect(first.isAlone()).toBe(false);
    const { epoch } = first;
    await second.close();
    await time.pass(14_999);
    expect(await first.findAlone()).toBe(false);
    await time.pass(1);
    first.isAlone();
    await settle();
    expect(first.isAlone()).toBe(true);
    expect(first.epoch).toBeGreaterThan(epoch);
  });
});

describe('on a store whose listings are late', () => {
  test('who comes is not taken for one whose file is gone', async () => {
    const { driver, catchUp } = lateListings(await memoryDriver());
    const counted = count(driver);
    const presence = await join(counted.driver, createFakeTime());
    expect(counted.take()).toMatchObject({ 'put file': 1, 'put bell': 1 });
    expect(presence.isAlone()).toBe(true);
    catchUp();
    expect(await presence.findAlone()).toBe(true);
  });

  test('the last who has come is found at once', async () => {
    const time = createFakeTime();
    const { driver } = lateListings(await memoryDriver());
    const presence = await join(driver, time);
    await settled(presence, time);
    await comeAs(driver, 'other');
    await time.pass(2500);
    expect(await presence.findAlone()).toBe(false);
    expect(presence.others).toBe(1);
  });

  test('another one as soon as the listing knows it, for a minute', async () => {
    const time = createFakeTime();
    const { driver, catchUp } = lateListings(await memoryDriver());
    const presence = await join(driver, time);
    await settled(presence, time);
    await comeAs(driver, 'other');
    await comeAs(driver, 'last');
    await driver.delete(replica('last'));
    await time.pass(2500);
    expect(await presence.findAlone()).toBe(true);
    const { epoch } = presence;
    await time.pass(50_000);
    expect(await presence.findAlone()).toBe(true);
    expect(presence.epoch).toBe(epoch);
    catchUp();
    await time.pass(2500);
    expect(await presence.findAlone()).toBe(false);
    expect(presence.epoch).toBeGreaterThan(epoch);
  });
});

test('a sign of life that is on its way when a registry ends leaves nothing behind', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const time = createFakeTime();
  const driver = await memoryDriver();
  const hold = createHold();
  const presence = await announcePresence(
    overrideDriver(driver, {
      put: async (path, content, options) => {
        await hold.pass();
        return driver.put(path, content, options);
      },
    }),
    SILENT,
    time.options,
  );
  await comeAs(driver, 'other');
  hold.arm();
  await time.pass(15_000);
  vi.advanceTimersByTime(15_000);
  await hold.reached;
  const closed = presence.close();
  await settle();
  hold.go();
  await closed;
  await settle();
  expect(await listPaths(driver, REPLICAS)).toEqual([replica('other')]);
});

describe('one that was killed', () => {
  test('on this machine: its file goes at the next look', async () => {
    const driver = await memoryDriver();
    const dead = JSON.stringify({ ...thisProcess(), started: '1' });
    await driver.put(replica('dead'), Buffer.from(dead));
    const presence = await join(driver, createFakeTime());
    expect(presence.isAlone()).toBe(true);
    expect(presence.joining).toBeUndefined();
    expect(await listPaths(driver, REPLICAS)).toEqual([replica(presence.id ?? '')]);
  });

  test.each([
    ['on another machine', elsewhere()],
    [
      'in another container of this name',
      Buffer.from(JSON.stringify({ ...thisProcess(), pid: 1, started: '1', namespace: 'pid:[1]' })),
    ],
    ['that left nothing legible', Buffer.from('?')],
  ])('%s: after a minute without a sign of life', async (_, content) => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    await driver.put(replica('other'), content);
    const presence = await join(driver, time);
    for (let passed = 0; passed < 59_000; passed += 1000) {
      await time.pass(1000);
      expect(presence.isAlone()).toBe(false);
    }
    await time.pass(16_000);
    presence.isAlone();
    await settle();
    expect(presence.isAlone()).toBe(true);
    expect(await listPaths(driver, REPLICAS)).toHaveLength(1);
  });

  test('one that goes on showing itself lives', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    await driver.put(replica('other'), elsewhere());
    const presence = await join(driver, time);
    for (let beat = 1; beat < 10; beat++) {
      await time.pass(15_000);
      await driver.put(replica('other'), elsewhere(beat));
      presence.isAlone();
      await settle();
      expect(presence.isAlone()).toBe(false);
    }
  });
});

describe('one that stood still', () => {
  test('changes something at once when nobody has come meanwhile', async () => {
    const time = createFakeTime();
    const presence = await join(await memoryDriver(), time);
    const { epoch } = presence;
    time.sleep(3_600_000);
    const { joining } = presence;
    expect(joining).toBeDefined();
    expect(presence.isAlone()).toBe(false);
    await joining;
    expect(presence.joining).toBeUndefined();
    expect(await presence.findAlone()).toBe(true);
    expect(presence.epoch).toBe(epoch);
  });

  test.each(['pass', 'sleep'] as const)('(%s) joins again where somebody has come', async (how) => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    const presence = await join(driver, time);
    await comeAs(driver, 'other');
    await driver.delete(replica('other'));
    await time[how](29_999);
    expect(presence.joining).toBeUndefined();
    await time[how](1);
    const { joining, epoch } = presence;
    expect(joining).toBeDefined();
    expect(presence.isAlone()).toBe(false);
    await settle();
    await time.pass(3999);
    expect(presence.joining).toBe(joining);
    await time.pass(1);
    await joining;
    expect(presence.joining).toBeUndefined();
    expect(await presence.findAlone()).toBe(true);
    expect(presence.epoch).toBeGreaterThan(epoch);
  });

  test('and cannot show itself: what it would change fails, until it can', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    let isDown = false;
    const presence = await join(
      overrideDriver(driver, {
        put: (...args) =>
          isDown ? Promise.reject(new StorageError('UNAVAILABLE', 'down')) : driver.put(...args),
      }),
      time,
    );
    await comeAs(driver, 'other');
    isDown = true;
    await time.pass(40_000);
    await expect(presence.joining).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    isDown = false;
    const { joining } = presence;
    await settle();
    await time.pass(4000);
    await joining;
    expect(presence.joining).toBeUndefined();
  });

  test('whose file is gone was taken for dead: it joins again', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    const presence = await join(driver, time);
    const { epoch } = presence;
    await driver.delete(replica(presence.id ?? ''));
    const other = await join(driver, time);
    await time.pass(900);
    presence.isAlone();
    await settle();
    expect(presence.joining).toBeDefined();
    expect(presence.epoch).toBeGreaterThan(epoch);
    expect(await listPaths(driver, REPLICAS)).toHaveLength(2);
    await time.pass(900);
    other.isAlone();
    await settle();
    expect(other.isAlone()).toBe(false);
  });
});

test('a file says who wrote it, for people', () => {
  expect(thisProcess()).toMatchObject({ host: hostname(), pid: process.pid });
});

describe('a family', () => {
  const joinFamily = async (driver: StorageDriver, time: FakeTime, family: string): Promise<Presence> => {
    const presence = await announcePresence(driver, SILENT, { ...time.options, family });
    onTestFinished(() => presence.close());
    return presence;
  };

  test('is alone with its own, of whom none is the only process; nobody waits for them', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    const [first, second] = [await joinFamily(driver, time, 'f'), await joinFamily(driver, time, 'f')];
    await time.pass(900);
    expect(await first.family.findAlone()).toBe(true);
    await settle();
    const { epoch } = first.family;
    for (let count = 0; count < 5; count++) {
      for (const each of [first, second]) {
        expect([each.isAlone(), each.family.isAlone()]).toEqual([false, true]);
        expect([each.joining, each.others]).toEqual([undefined, 0]);
      }
      await time.pass(900);
    }
    expect(first.family.epoch).toBe(epoch);
    expect([await first.findAlone(), await first.family.findAlone()]).toEqual([false, true]);
  });

  test('is not alone beside another family, nor beside one without', async () => {
    const time = createFakeTime();
    const driver = await memoryDriver();
    const first = await joinFamily(driver, time, 'f');
    const stranger = await announcePresence(driver, SILENT, time.options);
    await time.pass(900);
    first.family.isAlone();
    await settle();
    expect([first.family.isAlone(), stranger.isAlone()]).toEqual([false, false]);
    await stranger.close();
    await time.pass(900);
    await joinFamily(driver, time, 'g');
    expect(await first.family.findAlone()).toBe(false);
    expect(first.others).toBe(1);
  });

  test('one without a family is its own', async () => {
    const time = createFakeTime();
    const presence = await join(await memoryDriver(), time);
    expect(presence.family).toBe(presence);
  });
});
