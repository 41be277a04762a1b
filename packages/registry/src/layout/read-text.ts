import type { StorageDriver } from '@outrigger/driver';
import { orAbsent } from './or-absent.js';

/** The whole of a small file; undefined when nothing is at the path. */
export async function readText(driver: StorageDriver, path: string): Promise<string | undefined> {
  const content = await orAbsent(driver.get(path));
  return content && Buffer.from(content).toString('utf8');
}
