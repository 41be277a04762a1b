import { expect, onTestFinished, test, vi } from 'vitest';
import type { DriverProcess } from '../src/driver-process.js';
import { recordingLog } from './recording-log.js';
import { Supervisor } from '../src/supervisor.js';
import { TIMINGS } from '../src/timings.js';

/** What a supervisor touches of a process. */
function fakeProcess(parts: Partial<DriverProcess> = {}): DriverProcess {
  const never = new Promise<never>(() => undefined);
  const stop = async () => undefined;
  return {
    pid: 1,
    isLost: false,
    useful: false,
    lost: never,
    ended: never,
    stop,
    ...parts,
  } as unknown as DriverProcess;
}

test('a driver that was closed is not started again', async () => {
  const start = vi.fn(async () => fakeProcess());
  const supervisor = new Supervisor({ driver: 'x', start, timings: TIMINGS, log: recordingLog() });
  await supervisor.open();
  await supervisor.close();
  await expect(supervisor.replace(start)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  expect(start).toHaveBeenCalledTimes(1);
});

test('a driver that was closed while its successor came up was not replaced', async () => {
  const stop = vi.fn(async () => undefined);
  const next = fakeProcess({ stop });
  const supervisor = new Supervisor({
    driver: 'x',
    start: async () => fakeProcess(),
    timings: TIMINGS,
    log: recordingLog(),
  });
  await supervisor.open();
  const starting = Promise.withResolvers<DriverProcess>();
  const replaced = supervisor.replace(() => starting.promise);
  const closed = supervisor.close();
  starting.resolve(next);
  await expect(replaced).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
  await closed;
  expect(stop).toHaveBeenCalled();
  expect(supervisor.restarts).toBe(0);
});

/** A process that dies at its first call. */
function mortalProcess() {
  const lost = Promise.withResolvers<undefined>();
  const state = { isLost: false };
  const process = Object.defineProperty(
    fakeProcess({
      lost: lost.promise,
      ended: lost.promise.then(() => new Error('it died')) as unknown as DriverProcess['ended'],
      use: () => () => undefined,
    }),
    'isLost',
    { get: () => state.isLost },
  );
  const die = () => {
    state.isLost = true;
    lost.resolve(undefined);
  };
  return { process, die };
}

test.each([
  ['dies at its first call', true],
  ['does not start again', false],
])(
  'F15: a driver that %s is started 12 times in a minute at the most; meanwhile calls fail without waiting',
  async (_what, comesUp) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const starts: number[] = [];
    const dying: (() => void)[] = [];
    const start = async () => {
      starts.push(performance.now());
      if (!comesUp && starts.length > 1) throw new Error('it does not start');
      const { process, die } = mortalProcess();
      dying.push(die);
      return process;
    };
    const supervisor = new Supervisor({ driver: 'x', start, timings: TIMINGS, log: recordingLog() });
    await supervisor.open();
    let refused = 0;
    for (let step = 0; step < 3_000; step++) {
      if (supervisor.state === 'open' && supervisor.current === undefined) {
        // No time passes here: who had to wait for anything would wait for ever.
        const before = starts.length;
        await expect(supervisor.acquire('/a')).rejects.toMatchObject({
          code: 'UNAVAILABLE',
          retryable: true,
        });
        expect(starts).toHaveLength(before);
        refused++;
      }
      for (const die of dying.splice(0)) die();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(refused).toBeGreaterThan(1_000);
    expect(starts.length).toBeGreaterThan(12);
    for (const first of starts)
      expect(starts.filter((at) => at >= first && at < first + 60_000).length).toBeLessThanOrEqual(12);
    await supervisor.close();
  },
);

test('a reload waits for the end of a process that was lost: never are there two of a crashed driver', async () => {
  const ended = Promise.withResolvers<never>();
  const crashed = fakeProcess({ isLost: true, ended: ended.promise });
  const supervisor = new Supervisor({
    driver: 'x',
    start: async () => crashed,
    timings: TIMINGS,
    log: recordingLog(),
  });
  await supervisor.open();
  const start = vi.fn(async () => fakeProcess());
  const replaced = supervisor.replace(start);
  // Longer than it takes to start one.
  await new Promise((resolve) => setImmediate(resolve));
  expect(start).not.toHaveBeenCalled();
  ended.resolve(undefined as never);
  expect(await replaced).toBe(true);
  await supervisor.close();
});
