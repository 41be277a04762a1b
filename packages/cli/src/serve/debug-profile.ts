import { setTimeout as wait } from 'node:timers/promises';

const DEFAULT_SECONDS = 10;
const LONGEST_SECONDS = 30;

let isBusy = false;

/** How long a profile shall take, from the query; undefined for what is no number of seconds that is allowed. */
export function profileSeconds(text: string | null): number | undefined {
  if (text === null) return DEFAULT_SECONDS;
  const seconds = Number(text);
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_SECONDS ? seconds : undefined;
}

/**
 * A CPU profile of this process, in V8's form (.cpuprofile). The inspector is used from inside: no port is opened, and neither memory nor
 * values are in a profile, but names of functions and files.
 *
 * @returns undefined while another one is taken
 */
export async function takeProfile(seconds: number, signal: AbortSignal): Promise<string | undefined> {
  if (isBusy) return undefined;
  isBusy = true;
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  try {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await wait(seconds * 1000, undefined, { signal }).catch(() => undefined);
    const { profile } = await session.post('Profiler.stop');
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
    isBusy = false;
  }
}
