import { toMatcher } from './glob.js';
import type { RepositoryAction } from './need.js';

export type RuleAction = 'read' | 'create' | 'update' | 'delete';

/** Grants actions on some repositories to some users. */
export interface AccessRule {
  /** Names or patterns, see {@link toMatcher}. */
  readonly repositories: readonly string[];
  /** Names; `*` is every user that is known, `anonymous` is everybody, with credentials or without. */
  readonly users: readonly string[];
  readonly actions: readonly RuleAction[];
}

/** Rights add up over all rules, in any order; what no rule grants is forbidden. */
export interface Rules {
  /** @param user - undefined: nobody in particular */
  allows(user: string | undefined, name: string, action: RepositoryAction): boolean;
  /** Whether every repository may be read. */
  readsAll(user: string | undefined): boolean;
}

export function createRules(rules: readonly AccessRule[]): Rules {
  const compiled = rules.map(({ repositories, users, actions }) => ({
    users,
    actions: new Set<RuleAction>(actions),
    everywhere: repositories.includes('**'),
    matchers: repositories.map(toMatcher),
  }));
  return {
    allows: (user, name, action) =>
      compiled.some(
        (rule) =>
          GRANTED_BY[action].some((each) => rule.actions.has(each)) &&
          isAmong(rule.users, user) &&
          rule.matchers.some((matches) => matches(name)),
      ),
    readsAll: (user) =>
      compiled.some((rule) => rule.everywhere && rule.actions.has('read') && isAmong(rule.users, user)),
  };
}

/** Whether a list of users, as rules have them, has a user in it. */
export function isAmong(users: readonly string[], user: string | undefined): boolean {
  if (users.includes('anonymous')) return true;
  return user !== undefined && (users.includes('*') || users.includes(user));
}

/** A push is begun with either right; which one it wants is known when the tag is. */
const GRANTED_BY: Readonly<Record<RepositoryAction, readonly RuleAction[]>> = {
  pull: ['read'],
  list: ['read'],
  push: ['create', 'update'],
  create: ['create'],
  update: ['update'],
  delete: ['delete'],
};
