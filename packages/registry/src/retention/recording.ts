import type { StorageDriver } from '@outrigger/driver';
import { readText } from '../layout/read-text.js';
import { RECORDING } from './paths.js';

/** A time in which every pull was recorded. Milliseconds since 1970, by the clocks of the registries. */
export interface Recording {
  readonly since: number;
  readonly until: number;
}

/** After a longer silence nobody can tell whether something was pulled meanwhile. */
const LONGEST_GAP_MS = 3_600_000;

/** Undefined when pulls were never recorded, or not any more. */
export async function findRecording(driver: StorageDriver, now: number): Promise<Recording | undefined> {
  const [since, until] = (await readText(driver, RECORDING))?.split(' ').map(Number) ?? [];
  if (since === undefined || until === undefined || !Number.isFinite(since) || !Number.isFinite(until))
    return undefined;
  return now - until > LONGEST_GAP_MS || since > now ? undefined : { since, until };
}

/** Goes on with what is recorded, or begins anew. */
export async function continueRecording(driver: StorageDriver, now: number): Promise<void> {
  const { since } = (await findRecording(driver, now)) ?? { since: now };
  await driver.put(RECORDING, Buffer.from(`${String(since)} ${String(now)}`, 'latin1'));
}
