import type { StorageDriver } from '@outrigger/driver';
import { readStoreClock } from '../gc/store-clock.js';
import type { Logger } from '../logger.js';
import type { Presence } from '../replicas/presence.js';
import { UNCERTAIN } from '../replicas/presence.js';
import { createStore } from '../store.js';
import type { PassOptions, RetentionPass } from './pass.js';
import { runRetention } from './pass.js';
import { CLOCK } from './paths.js';

export interface ApplyPoliciesOptions extends Pick<
  PassOptions,
  'policies' | 'delayMs' | 'dryRun' | 'deletesPerSecond' | 'isChosen' | 'listener' | 'signal'
> {
  readonly driver: StorageDriver;
  readonly log: Logger;
  /** That of this process, where it deletes: registries that run on the store then believe nothing that they remember. */
  readonly presence?: Presence | undefined;
}

/**
 * One pass over a store, without a registry: beside those that run, or while none does.
 *
 * @throws StorageError, ClockSkewError
 */
export async function applyPolicies(options: ApplyPoliciesOptions): Promise<RetentionPass> {
  const { driver, log, presence = UNCERTAIN, dryRun } = options;
  // A dry run writes nothing, so that it runs on a store that is read-only.
  const clock = dryRun ? { now: () => new Date() } : await readStoreClock(driver, CLOCK);
  return runRetention({
    ...options,
    store: createStore(driver, log, { presence }),
    now: () => clock.now().getTime(),
    forgetsOthers: false,
  });
}
