import type { Logger } from './logger.js';
import { SILENT } from './logger.js';
import type { DriverHostOptions } from './options.js';
import type { Timings } from './timings.js';
import { TIMINGS } from './timings.js';

/** The options with every default filled in. */
export interface HostSettings extends DriverHostOptions {
  readonly log: Logger;
  readonly timings: Timings;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function toSettings(options: DriverHostOptions): HostSettings {
  const { log = SILENT, timings, environment = process.env } = options;
  return { ...options, log, environment, timings: { ...TIMINGS, ...timings } };
}
