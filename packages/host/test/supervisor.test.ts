import { expect, test, vi } from 'vitest';
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
