import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { RemoteDriver, StalledCall } from '@outrigger/ipc/host';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchLiveness } from '../src/liveness.js';
import { TIMINGS } from '../src/timings.js';
import { chaosBench, isRunning, pidOf } from './open-chaos.js';

const bench = chaosBench();
const timings = { pingMs: 300 };

test('F09: a driver that was stopped in a call is replaced, and the call is answered', async () => {
  await bench.seed('/a', Buffer.from('x'));
  const driver = await bench.open({ on: 'stat', act: 'stop', times: 1 }, { timings });
  const other = await bench.open();
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
  await expect.poll(() => isRunning(pid)).toBe(false);
  await expect.poll(() => driver.status().lastError).toMatch(/no answer to a ping within 300 ms/);
  // A machine that is busy may stop the next one for as long.
  await expect.poll(() => driver.status().restarts).toBeGreaterThan(0);
  await expect.poll(() => driver.status().state).toBe('ready');
});

test('a slow driver that answers pings is left alone', async () => {
  const driver = await bench.open({ on: 'stat', act: 'silence' }, { timings });
  const abort = new AbortController();
  const call = driver.stat('/a', { signal: abort.signal });
  const pings = vi.fn();
  await expect
    .poll(async () => {
      await driver.list('/').catch(pings);
      return pings.mock.calls.length;
    })
    .toBeGreaterThan(20);
  abort.abort();
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(driver.status().restarts).toBe(0);
});

async function stoppedProcess(): Promise<number> {
  const { pid = 0 } = spawn('sleep', ['1000']);
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  process.kill(pid, 'SIGSTOP');
  const isStopped = async () => (await readFile(`/proc/${String(pid)}/stat`, 'latin1')).includes(') T ');
  await expect.poll(isStopped).toBe(true);
  return pid;
}

test.each([
  ['in a call that may be silent for long', { method: 'copy', idleTimeoutMs: 30_000 }],
  ['in a call that may not', { method: 'stat', idleTimeoutMs: 10_000 }],
  ['owing nothing', undefined],
])('F09: a driver that was stopped, %s, is given up within 15 s', async (_what, call) => {
  const pid = await stoppedProcess();
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const giveUp = vi.fn();
  const since = performance.now();
  const silentMs = () => performance.now() - since;
  const remote = {
    ping: () => new Promise<void>(() => undefined),
    stalled: () => call && { path: '/a', ...call, silentMs: silentMs() },
    silentMs,
  } as unknown as RemoteDriver;
  const stop = watchLiveness({ pid, remote }, TIMINGS, giveUp);
  vi.advanceTimersByTime(15_000);
  expect(giveUp).toHaveBeenCalled();
  stop();
});

/** A remote whose silences the test sets. */
function fakeRemote(state: { stalled: StalledCall | undefined; silentMs: number }): RemoteDriver {
  const ping = () => new Promise<void>(() => undefined);
  return { ping, stalled: () => state.stalled, silentMs: () => state.silentMs } as unknown as RemoteDriver;
}

test('a driver that just answered a long call has time to answer the ping behind it', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const giveUp = vi.fn();
  const copying = { method: 'copy', path: '/a', silentMs: 6_000, idleTimeoutMs: 30_000 };
  const state = { stalled: copying as StalledCall | undefined, silentMs: 6_000 };
  const stop = watchLiveness({ pid: process.pid, remote: fakeRemote(state) }, TIMINGS, giveUp);
  vi.advanceTimersByTime(7_000);
  Object.assign(state, { stalled: undefined, silentMs: 10 });
  vi.advanceTimersByTime(500);
  expect(giveUp).not.toHaveBeenCalled();
  state.silentMs = TIMINGS.pingMs;
  vi.advanceTimersByTime(500);
  expect(giveUp).toHaveBeenCalledOnce();
  stop();
});
