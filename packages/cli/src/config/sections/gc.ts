import type { z } from 'zod';
import { preset, section, told } from '../containers.js';
import { duration, flag } from '../leaves.js';

/** Garbage collection while the registry runs. */
export interface GcConfig {
  readonly enabled: boolean;
  readonly intervalMs: number;
  /** How long content stays at least after it was last acknowledged to a client. */
  readonly graceMs: number;
  /** How often every replica reads the list of what is condemned. */
  readonly refreshMs: number;
  readonly deleteUntagged: boolean;
  readonly dryRun: boolean;
}

export const gcSection = section({
  enabled: told(preset(flag, false), 'Collects garbage while the registry runs.'),
  interval: preset(duration, '24h'),
  grace: told(
    preset(duration, '24h'),
    'Content lives at least so long after it was acknowledged to a client.',
  ),
  refresh: told(preset(duration, '5s'), 'How often every replica reads what is condemned.'),
  deleteUntagged: told(preset(flag, false), 'Manifests without a tag are garbage too.'),
  dryRun: told(preset(flag, false), 'Only says what it would delete.'),
});

export function toGc(gc: z.output<typeof gcSection>): GcConfig {
  return {
    enabled: gc.enabled,
    intervalMs: gc.interval,
    graceMs: gc.grace,
    refreshMs: gc.refresh,
    deleteUntagged: gc.deleteUntagged,
    dryRun: gc.dryRun,
  };
}
