import type { CAPABILITY_NAMES, StorageDriver } from '@outrigger/driver';
import type { Scratch } from './scratch.js';

/** One thing that is proved. The suite is lists of these; a runner of any kind runs them through `runCase`. */
export interface ConformanceCase<Context = CaseContext> {
  /** Unique and stable, for reports and for looking the case up: `T23`, `T38.cancel`. */
  readonly id: string;
  readonly name: string;
  /** The sentence of the contract or of the protocol that the case proves. */
  readonly promise: string;
  /** Capabilities without which the case is skipped. */
  readonly requires?: readonly CapabilityName[];
  /** The plane that a case of the protocol is about, when it is not `inline`. */
  readonly plane?: Plane;
  /** Default 120,000. */
  readonly timeoutMs?: number;
  run(context: Context): Promise<void>;
}

/** The ways for content that the protocol has. */
export type Plane = 'inline' | 'socket' | 'file';

export type CapabilityName = (typeof CAPABILITY_NAMES)[number];

/** What a case of the contract works with. */
export interface CaseContext {
  /** The driver under test, behind `checkDriver`. */
  readonly driver: StorageDriver;
  /** Opens another instance on the same store; the runner closes it. Absent where a store cannot be opened twice. */
  readonly reopen?: (() => Promise<StorageDriver>) | undefined;
  /** Small inputs: 10 MB instead of 5 GB, 8 streams instead of 32. */
  readonly short: boolean;
  /** Names and contents of this case; what it names is removed afterwards. */
  readonly scratch: Scratch;
  /** Aborted when the time of the case is over. */
  readonly signal: AbortSignal;
}

/** Thrown by a case that finds that it has nothing to prove here. */
export class CaseSkipped extends Error {
  override readonly name = 'CaseSkipped';
}

/** Ends the case as skipped. */
export function skip(reason: string): never {
  throw new CaseSkipped(reason);
}

/** A second instance on the same store. */
export function reopened(context: CaseContext): Promise<StorageDriver> {
  return context.reopen?.() ?? skip('the store cannot be opened a second time');
}
