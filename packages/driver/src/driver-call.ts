import type { StorageError } from './storage-error.js';

/** One finished call, for metrics and traces. */
export interface DriverCall {
  readonly driver: string;
  /** Name of the method; `reader.close` and `writer.<end>` for the streams. */
  readonly action: string;
  readonly path: string;
  readonly durationMs: number;
  /** Bytes that went through, for reads and writes of content. */
  readonly bytes?: number;
  readonly error?: StorageError;
}

export type CallObserver = (call: DriverCall) => void;
