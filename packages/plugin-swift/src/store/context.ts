import type { KeyedLock } from '@outrigger/driver';
import type { Client } from '../http/client.js';
import type { Layout } from '../layout.js';

/** What every operation on the container needs. */
export interface Store {
  readonly client: Client;
  readonly layout: Layout;
  /** Names that one bulk delete takes; undefined: the cluster has none. */
  readonly maxBulkDeletes: number | undefined;
  /** Segments of one manifest. */
  readonly maxSegments: number;
  /** What is learnt of the server on the way. */
  readonly learnt: {
    /** Whether it gives manifests back. Undefined: no one has looked yet. */
    givesManifests?: boolean;
  };
  /** Who changes the owners of a set of segments has it alone, in this process. */
  readonly setLocks: KeyedLock;
}
