import type { Api } from './api.js';
import { lookUp } from './head.js';

/** The precondition did not hold. */
export const PRECONDITION_FAILED = 412;

/**
 * Replaces an object in a way that may be sent twice: every try says which generation it replaces, so that one that was given
 * up and still arrives later changes nothing. New objects cost no further request; most are new.
 *
 * Where somebody else has replaced or deleted the object since it was looked up, it is as if that came right after this: there is
 * nothing left to do.
 *
 * @param attempt - sends with `ifGenerationMatch`; answers the status
 * @returns the last status
 */
export async function replaceObject(
  api: Api,
  key: string,
  attempt: (generation: string) => Promise<number>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const first = await attempt(ABSENT);
  if (first !== PRECONDITION_FAILED) return first;
  const found = await lookUp(api, key, signal);
  return await attempt(found?.generation === undefined ? ABSENT : String(found.generation));
}

/** As a generation: no object is there. */
const ABSENT = '0';
