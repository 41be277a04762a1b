import type { StorageDriver } from '@outrigger/driver';

/** A fault, and the cases that must find it. */
export interface BrokenDriver {
  readonly fault: string;
  readonly foundBy: readonly string[];
  readonly breakIt: (driver: StorageDriver) => StorageDriver;
}
