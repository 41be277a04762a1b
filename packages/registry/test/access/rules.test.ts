import { describe, expect, test } from 'vitest';
import { isGlob, toMatcher } from '../../src/access/glob.js';
import type { RepositoryAction } from '../../src/access/need.js';
import { createRules } from '../../src/access/rules.js';

test.each([
  ['team/app', ['team/app'], ['team/app2', 'team', 'team/app/x', 'xteam/app']],
  ['team/*', ['team/app', 'team/a.b'], ['team', 'team/app/x', 'teams/app']],
  ['*', ['app'], ['team/app', 'a/b/c']],
  ['**', ['app', 'team/app', 'a/b/c'], []],
  ['team/**', ['team/app', 'team/a/b'], ['team', 'teams/app', 'x/team/app']],
  ['**/app', ['team/app', 'a/b/app'], ['app', 'team/app/x', 'team/xapp']],
  ['a/*/c', ['a/b/c'], ['a/c', 'a/b/b/c']],
  ['a/**/c', ['a/b/c', 'a/b/b/c'], ['a/c']],
  ['app-*', ['app-1', 'app-'], ['app', 'app-1/x']],
  ['a.b', ['a.b'], ['axb']],
  ['a***b', ['a/x/b', 'axb'], ['a/x']],
])('the pattern %s', (pattern, matching, others) => {
  const matches = toMatcher(pattern);
  expect(matching.filter(matches)).toEqual(matching);
  expect(others.filter(matches)).toEqual([]);
});

test('a pattern has the letters of a name, and wildcards', () => {
  expect(['team/**', 'a.b_c-d/0', '*/*/*/*/*/*'].every(isGlob)).toBe(true);
  expect(['', 'A', 'a b', '(a+)+', 'a?', '[a]', 'x'.repeat(256)].some(isGlob)).toBe(false);
});

test('the worst pattern takes no long time', () => {
  const matches = toMatcher(`${'**a'.repeat(80)}**b`);
  expect(matches('a'.repeat(255))).toBe(false);
});

describe('rules', () => {
  const rules = createRules([
    { repositories: ['public/**'], users: ['anonymous'], actions: ['read'] },
    { repositories: ['team/**', 'solo'], users: ['alice', 'bob'], actions: ['read', 'create'] },
    { repositories: ['team/app'], users: ['alice'], actions: ['update'] },
    { repositories: ['shared/*'], users: ['*'], actions: ['read'] },
    { repositories: ['**'], users: ['root'], actions: ['read', 'create', 'update', 'delete'] },
  ]);
  const ACTIONS = [
    'pull',
    'push',
    'create',
    'update',
    'delete',
    'list',
  ] as const satisfies RepositoryAction[];
  const granted = (user: string | undefined, name: string): string[] =>
    ACTIONS.filter((action) => rules.allows(user, name, action));

  test.each<[string | undefined, string, string[]]>([
    [undefined, 'public/a', ['pull', 'list']],
    [undefined, 'shared/a', []],
    [undefined, 'team/app', []],
    ['carol', 'public/a', ['pull', 'list']],
    ['carol', 'shared/a', ['pull', 'list']],
    ['carol', 'team/app', []],
    ['bob', 'team/app', ['pull', 'push', 'create', 'list']],
    // Rights add up.
    ['alice', 'team/app', ['pull', 'push', 'create', 'update', 'list']],
    ['alice', 'team/other', ['pull', 'push', 'create', 'list']],
    ['alice', 'solo', ['pull', 'push', 'create', 'list']],
    ['alice', 'solo/x', []],
    ['root', 'any/thing', [...ACTIONS]],
    ['*', 'team/app', []],
    ['', 'team/app', []],
  ])('%s in %s', (user, name, expected) => {
    expect(granted(user, name)).toEqual(expected);
  });

  test('only who may read every repository reads all', () => {
    expect(['root', 'alice', undefined].map((user) => rules.readsAll(user))).toEqual([true, false, false]);
  });

  test('no rules grant nothing', () => {
    expect(createRules([]).allows('root', 'a', 'pull')).toBe(false);
  });
});
