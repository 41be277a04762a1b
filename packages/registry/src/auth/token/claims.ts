import type { Need } from '../../access/need.js';

/** What a token grants, by its claim `access`. */
export type Grants = (need: Need) => boolean;

/**
 * Reads the claim `access` (Distribution's documentation, "Token Authentication Implementation"). Names are compared as
 * they are: nothing in a claim is a pattern, but for `*` as an action, which is every action.
 *
 * @returns undefined when it is not of the form of such a claim
 */
export function parseAccess(claim: unknown): Grants | undefined {
  const granted = new Map<string, Set<string>>();
  if (claim === undefined || claim === null) return toGrants(granted);
  if (!Array.isArray(claim)) return undefined;
  for (const each of claim as readonly unknown[]) {
    if (each === null) continue;
    if (typeof each !== 'object') return undefined;
    const { type, name, actions } = each as Readonly<Record<string, unknown>>;
    if (typeof type !== 'string' || typeof name !== 'string' || !isTexts(actions)) return undefined;
    const key = keyOf(type, name);
    granted.set(key, new Set([...(granted.get(key) ?? []), ...actions]));
  }
  return toGrants(granted);
}

function toGrants(granted: ReadonlyMap<string, ReadonlySet<string>>): Grants {
  return (need) => {
    // Who was given the catalog was given all of it.
    const { type, name } = need.action === 'list' ? CATALOG : need;
    const actions = granted.get(keyOf(type, name));
    return actions !== undefined && (actions.has('*') || actions.has(toAction(need)));
  };
}

const CATALOG = { type: 'registry', name: 'catalog' };

function keyOf(type: string, name: string): string {
  return JSON.stringify([type, name]);
}

/** Tokens know no difference between new tags and others. */
function toAction({ action }: Need): string {
  if (action === 'list') return '*';
  return action === 'create' || action === 'update' ? 'push' : action;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
