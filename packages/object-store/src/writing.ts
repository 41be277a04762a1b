import type { Keys } from './keys.js';
import type { ObjectStore } from './object-store.js';
import type { PartMemory } from './part-memory.js';
import type { UploadStates } from './upload-states.js';

/** What the writers of a driver share. */
export interface Writing {
  readonly store: ObjectStore;
  readonly keys: Keys;
  readonly states: UploadStates;
  readonly memory: PartMemory;
  /** Writers that are open in this process: the sweep leaves their uploads alone. */
  readonly open: Set<OpenUpload>;
}

export interface OpenUpload {
  readonly path: string;
  /** Undefined until the upload has begun. */
  readonly id: string | undefined;
  /** Stops what is on its way: the driver is closed. */
  stop(): void;
}
