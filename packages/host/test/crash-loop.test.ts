import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Backoff } from '../src/backoff.js';
import { chaosBench } from './open-chaos.js';

describe('F15: a driver that dies at its first call', () => {
  const bench = chaosBench();

  test('opens the breaker: calls fail at once, the host lives', async () => {
    const driver = await bench.open(
      { on: 'stat', act: 'kill' },
      { timings: { maxBackoffMs: 60_000, backoffMs: 50 } },
    );
    // What follows comes in the same turn: a process that is started meanwhile would close it again.
    while (driver.status().state !== 'open') await driver.stat('/a').catch(() => undefined);
    const { restarts } = driver.status();
    const calls = await Promise.allSettled(Array.from({ length: 100 }, () => driver.stat('/a')));
    expect(calls.every((call) => call.status === 'rejected')).toBe(true);
    expect(driver.status().restarts).toBe(restarts);
    await expect(driver.stat('/a')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      driver: 'chaos',
    });
    const { actions } = await driver.metrics();
    expect(actions.find(({ action }) => action === 'stat')?.byCode.UNAVAILABLE).toBeGreaterThan(100);
  });
});

describe('Backoff', () => {
  let now = 0;
  let random = 1;
  const clock = { now: () => now, random: () => random };
  const create = () => new Backoff({ backoffMs: 100, maxBackoffMs: 10_000 }, clock);
  beforeEach(() => {
    now = 0;
    random = 1;
  });
  afterEach(() => vi.restoreAllMocks());

  test('the bound doubles from 0.1 s to 10 s, and the pause is anything below it', () => {
    const backoff = create();
    const bounds = Array.from({ length: 9 }, () => {
      backoff.failed();
      return backoff.nextDelay();
    });
    expect(bounds).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    random = 0;
    expect(backoff.nextDelay()).toBe(0);
  });

  test('a process that answered something ends the series', () => {
    const backoff = create();
    for (let i = 0; i < 6; i++) backoff.failed();
    expect(backoff.isOpen).toBe(true);
    backoff.ended();
    expect(backoff.isOpen).toBe(false);
    expect(backoff.nextDelay()).toBe(100);
  });

  test.each([0, 0.5, 1])('at most 12 starts in any minute (random %d)', (value) => {
    random = value;
    const backoff = create();
    const starts: number[] = [];
    while (now < 600_000) {
      backoff.started();
      starts.push(now);
      backoff.failed();
      now += backoff.nextDelay() + 1;
    }
    for (const start of starts)
      expect(starts.filter((at) => at >= start && at < start + 60_000).length).toBeLessThanOrEqual(12);
  });
});
