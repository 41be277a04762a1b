import { expect, test, vi } from 'vitest';
import type { DriverProcess } from '../src/driver-process.js';
import { recordingLog } from './recording-log.js';
import { Supervisor } from '../src/supervisor.js';
import { TIMINGS } from '../src/timings.js';

/** What a supervisor touches of a process. */
function fakeProcess(): DriverProcess {
  const never = new Promise<never>(() => undefined);
  const stop = async () => undefined;
  return {
    pid: 1,
    isLost: false,
    useful: false,
    lost: never,
    ended: never,
    stop,
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
