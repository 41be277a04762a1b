import { randomUUID } from 'node:crypto';
import type { StorageDriver } from '@outrigger/driver';
import { readText } from '../layout/read-text.js';
import { BELL } from './paths.js';

/**
 * Rung by each process that comes to a store, behind its file there and before it looks for others. Whoever finds the bell as it heard it
 * before it last saw that it was alone knows that nobody has come since: by one small read, where a listing costs twelve times as much.
 *
 * @param id - whose it is
 */
export async function ring(driver: StorageDriver, id: string): Promise<void> {
  await driver.put(BELL, Buffer.from(`${id} ${randomUUID()}`, 'utf8'));
}

/** What the last one has left there: never the same twice. Undefined where nobody ever rang. */
export function hear(driver: StorageDriver): Promise<string | undefined> {
  return readText(driver, BELL);
}

/** Who has rung: a listing may not know yet who came last. */
export function ringerOf(heard: string | undefined): string | undefined {
  const [id] = heard?.split(' ', 1) ?? [];
  return id === '' ? undefined : id;
}
