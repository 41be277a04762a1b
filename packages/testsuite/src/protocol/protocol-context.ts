import type { Parameters } from '@outrigger/driver';
import type { RawClient } from './raw-client.js';
import type { Scratch } from '../scratch.js';

/** What a case of the protocol works with. */
export interface ProtocolContext {
  /** Starts the driver; nothing is said yet. Whatever still runs after the case is killed. */
  readonly start: (args?: readonly string[]) => RawClient;
  /** Starts the executable for something else than a session: its stdout may hold anything. */
  readonly run: (args: readonly string[]) => RawClient;
  /** Starts the driver and shakes hands, on the inline plane alone. */
  readonly open: () => Promise<RawClient>;
  /** Params of a good `initialize`, changed in parts. */
  readonly initializeParams: (changes?: Record<string, unknown>) => Record<string, unknown>;
  /** Parameters of the store. */
  readonly parameters: Parameters;
  /** The store ends with the process. */
  readonly ephemeral: boolean;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
}
