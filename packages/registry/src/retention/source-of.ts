import type { RetentionSource } from '../layout/retention-source.js';
import type { Store } from '../store.js';

/** A store of a layout that does not say when anything was pushed. */
export class NoPushTimesError extends Error {
  override readonly name = 'NoPushTimesError';
  constructor() {
    super('OCI image layouts do not say when something was pushed: retention needs the layout distribution');
  }
}

/** @throws NoPushTimesError */
export function sourceOf({ layout }: Store): RetentionSource {
  if (layout.retention === undefined) throw new NoPushTimesError();
  return layout.retention;
}
