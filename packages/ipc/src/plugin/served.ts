import type { StorageDriver } from '@outrigger/driver';
import type { Limits } from '../protocol/limits.js';

/** What the handshake settled. */
export interface Served {
  readonly driver: StorageDriver;
  readonly limits: Limits;
  /** The host's socket for data connections; absent when it offers none. */
  readonly socketPath: string | undefined;
}
