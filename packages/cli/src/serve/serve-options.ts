import type { Environment } from '../config/overrides.js';
import type { Log } from '../log/create-log.js';
import type { FaultCatcher } from './catch-faults.js';
import type { StopSignals } from './stop-signals.js';

export interface ServeOptions {
  /** Path of the configuration. Default: REGISTRY_CONFIGURATION_PATH, or the built-in one. */
  readonly file: string | undefined;
  readonly environment: Environment;
  /** Every message between registry and driver goes to the log. */
  readonly trace: boolean;
  /** Takes what is said to a person. */
  readonly print: (text: string) => void;
}

/** What a process of the registry has as long as it runs. */
export interface Surroundings {
  readonly output: Log;
  readonly signals: StopSignals;
  readonly faults: FaultCatcher;
}
