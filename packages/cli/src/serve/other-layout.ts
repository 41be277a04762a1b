import type { StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { LayoutKind, Logger } from '@outrigger/registry';
import { findOtherLayout } from '@outrigger/registry';

/** Says loudly that the store looks as if `outrigger.layout` were not what it should be. What cannot be looked at is no reason not to start. */
export async function warnOfOtherLayout(
  driver: StorageDriver,
  layout: LayoutKind,
  log: Logger,
): Promise<void> {
  try {
    const warning = await findOtherLayout(driver, layout);
    if (warning !== undefined) log.warn({ layout }, warning);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    log.debug({ err: error }, 'the root of the store cannot be looked at');
  }
}
