import { expect, test, vi } from 'vitest';
import { chaosBench, isRunning, pidOf } from './open-chaos.js';

const bench = chaosBench();
const timings = { pingMs: 300 };

test('F09: a driver that was stopped in a call is replaced, and the call is answered', async () => {
  await bench.seed('/a', Buffer.from('x'));
  const driver = await bench.open({ on: 'stat', act: 'stop', times: 1 }, { timings });
  const other = await bench.open({}, { timings });
  const pid = pidOf(driver);
  const call = driver.stat('/a');
  expect((await other.stat('/a')).size).toBe(1);
  expect((await call).size).toBe(1);
  expect(await isRunning(pid)).toBe(false);
  expect(driver.status().lastError).toMatch(
    /no sign of life for \d+ ms during stat, and no answer to a ping/,
  );
  expect(other.status().restarts).toBe(0);
});

test('F09: a driver that was stopped while idle is replaced', async () => {
  const driver = await bench.open({}, { timings });
  const pid = pidOf(driver);
  process.kill(pid, 'SIGSTOP');
  await vi.waitFor(async () => {
    expect(await isRunning(pid)).toBe(false);
    expect(driver.status()).toMatchObject({ state: 'ready', restarts: 1 });
  }, 10_000);
});

test('a slow driver that answers pings is left alone', async () => {
  const driver = await bench.open({ on: 'stat', act: 'silence' }, { timings });
  const abort = new AbortController();
  const call = driver.stat('/a', { signal: abort.signal });
  const pings = vi.fn();
  await vi.waitFor(async () => {
    await driver.list('/').catch(pings);
    expect(pings.mock.calls.length).toBeGreaterThan(20);
  }, 10_000);
  abort.abort();
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(driver.status().restarts).toBe(0);
});
