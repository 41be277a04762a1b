import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { isStorageError } from '@outrigger/driver';
import type { GarbageKey } from './keys.js';
import type { GcState } from './state.js';
import { IDLE, readKeys, readState } from './state.js';

/** The state with the keys that it speaks of. */
export interface View {
  readonly state: GcState;
  readonly condemned: ReadonlySet<GarbageKey>;
  /** A part of them: nobody may rely on these before the view has changed. */
  readonly frozen: ReadonlySet<GarbageKey>;
}

export const EMPTY_VIEW: View = { state: IDLE, condemned: new Set(), frozen: new Set() };

/**
 * Brings a view up to date: one small read as long as nothing has changed.
 *
 * @returns `before` itself when it is still right
 */
export async function loadView(driver: StorageDriver, before: View, options?: CallOptions): Promise<View> {
  for (let attempt = 1; ; attempt++) {
    const state = await readState(driver, options);
    if (state.generation === before.state.generation && state.batch?.id === before.state.batch?.id)
      return before;
    try {
      return await loadKeys(driver, state, before, options);
    } catch (error) {
      // The pages went with the end of their batch, between the two reads.
      if (!isStorageError(error, 'PATH_NOT_FOUND') || attempt === ATTEMPTS) throw error;
    }
  }
}

const ATTEMPTS = 3;

async function loadKeys(
  driver: StorageDriver,
  state: GcState,
  before: View,
  options?: CallOptions,
): Promise<View> {
  const { batch } = state;
  if (batch === undefined) return { state, condemned: new Set(), frozen: new Set() };
  const condemned =
    before.state.batch?.id === batch.id
      ? before.condemned
      : await loadCondemned(driver, batch.id, batch.pages, options);
  const frozen =
    batch.frozen === undefined ? [] : await readKeys(driver, batch.id, 'doomed', batch.frozen, options);
  return { state, condemned, frozen: new Set(frozen) };
}

async function loadCondemned(
  driver: StorageDriver,
  batch: string,
  pages: number,
  options?: CallOptions,
): Promise<Set<GarbageKey>> {
  const keys = new Set<GarbageKey>();
  for (let page = 0; page < pages; page++)
    for (const key of await readKeys(driver, batch, 'condemned', page, options)) keys.add(key);
  return keys;
}
