import type { StorageDriver } from '@outrigger/driver';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSchedule } from '../../src/proxy/schedule.js';
import { SCHEDULE, readSchedule } from '../../src/proxy/schedule-state.js';
import { ALWAYS_ALONE } from '../../src/index.js';
import { parseDigest } from '../../src/reference/digest.js';
import { createStore } from '../../src/store.js';
import { listPaths, memoryDriver, pushBlob, pushImage, startRegistry } from '../registry-fixture.js';

const HOUR = 3_600_000;
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['Date', 'setInterval', 'clearInterval'],
    now: new Date('2026-01-01T00:00:00Z'),
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function open(driver: StorageDriver) {
  return createSchedule(createStore(driver, log, { presence: ALWAYS_ALONE }), 100 * HOUR);
}

async function filled() {
  const driver = await memoryDriver();
  const registry = await startRegistry({ driver });
  const { digest: text } = await pushImage(registry, 'a', 'latest');
  const blob = await pushBlob(registry, 'a', Buffer.from('a blob'));
  return { driver, registry, manifest: parseDigest(text), blob: parseDigest(blob) };
}

/** Runs the timer, and waits for what it has begun. */
async function pass(schedule: { close(): Promise<void> }, ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await schedule.close();
}

test("the state is Distribution's, byte for byte readable by it", async () => {
  const { driver, blob, manifest } = await filled();
  const schedule = open(driver);
  schedule.start();
  schedule.touch('blob', 'a', blob);
  schedule.touch('manifest', 'a', manifest);
  await schedule.close();
  const state: unknown = JSON.parse(Buffer.from(await driver.get(SCHEDULE)).toString());
  expect(state).toEqual({
    [`a@${blob.text}`]: { Key: `a@${blob.text}`, ExpiryData: '2026-01-05T04:00:00.000Z', EntryType: 0 },
    [`a@${manifest.text}`]: {
      Key: `a@${manifest.text}`,
      ExpiryData: '2026-01-05T04:00:00.000Z',
      EntryType: 1,
    },
  });
});

test('what Distribution has scheduled is removed when its time has come', async () => {
  const { driver, registry, blob, manifest } = await filled();
  const entry = (text: string, type: number) => ({
    [`a@${text}`]: { Key: `a@${text}`, ExpiryData: '2026-01-01T01:00:00.123456789+00:00', EntryType: type },
  });
  const state = {
    ...entry(blob.text, 0),
    ...entry(manifest.text, 1),
    'no reference': { Key: '../x', ExpiryData: '2025-01-01T00:00:00Z', EntryType: 0 },
  };
  await driver.put(SCHEDULE, Buffer.from(JSON.stringify(state)));
  const early = open(driver);
  early.start();
  await pass(early, HOUR);
  expect((await registry.call('HEAD', `a/blobs/${blob.text}`)).status).toBe(200);
  const schedule = open(driver);
  schedule.start();
  await pass(schedule, 10_000);
  const paths = (await listPaths(driver)).filter((path) => !path.includes('/index/'));
  expect(paths.filter((path) => path.includes(blob.hex) || path.includes(manifest.hex))).toEqual([]);
  expect(paths.filter((path) => path.includes('/tags/'))).toEqual([]);
  expect((await readSchedule(driver)).size).toBe(0);
});

test('a pull moves the end, and what is pulled stays', async () => {
  const { driver, blob } = await filled();
  const schedule = open(driver);
  schedule.start();
  schedule.touch('blob', 'a', blob);
  await vi.advanceTimersByTimeAsync(90 * HOUR);
  schedule.touch('blob', 'a', blob);
  await pass(schedule, 20 * HOUR);
  expect(await listPaths(driver)).toContainEqual(expect.stringContaining(`${blob.hex}/data`));
});

test('content that another repository has fetched stays', async () => {
  const { driver, blob } = await filled();
  const schedule = open(driver);
  schedule.start();
  schedule.touch('blob', 'a', blob);
  await vi.advanceTimersByTimeAsync(50 * HOUR);
  schedule.touch('blob', 'b', blob);
  await pass(schedule, 51 * HOUR);
  const paths = (await listPaths(driver)).filter((path) => path.includes(blob.hex));
  expect(paths).toEqual([expect.stringMatching(/\/blobs\/.*\/data$/)]);
});

test('what another registry has added meanwhile is kept, and a file that is damaged is replaced', async () => {
  const { driver, blob, manifest } = await filled();
  const [one, two] = [open(driver), open(driver)];
  one.start();
  two.start();
  one.touch('blob', 'a', blob);
  two.touch('manifest', 'a', manifest);
  await one.close();
  await two.close();
  expect((await readSchedule(driver)).size).toBe(2);
  await driver.put(SCHEDULE, Buffer.from('{"a@'));
  const third = open(driver);
  third.start();
  third.touch('blob', 'a', blob);
  await third.close();
  expect((await readSchedule(driver)).size).toBe(1);
  expect(log.error).toHaveBeenCalled();
});
