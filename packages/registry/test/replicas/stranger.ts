import type { StorageDriver } from '@outrigger/driver';
import { ring } from '../../src/replicas/bell.js';
import { replica } from '../../src/replicas/paths.js';
import { thisProcess } from '../../src/replicas/process-identity.js';

/** What lies in the store for a process on another machine. */
export function elsewhere(beat = 0): Buffer {
  return Buffer.from(JSON.stringify({ ...thisProcess(), boot: 'another', host: 'another', beat }));
}

/** Somebody comes to the store, as every registry does. */
export async function comeAs(driver: StorageDriver, id: string, content = elsewhere()): Promise<void> {
  await driver.put(replica(id), content);
  await ring(driver, id);
}
