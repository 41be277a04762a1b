import { expect, test } from 'vitest';
import { parseSelection, planNames } from '../../src/index.js';

const none = new Map<string, string>();

function namesOf(layouts: string[], options: Partial<Parameters<typeof planNames>[0]> = {}): string[] {
  return planNames({ layouts, topName: 'top', map: none, ...options }).map(({ name }) => name);
}

test('a layout is called as its directory is, or as it is said', () => {
  expect(namesOf([''])).toEqual(['top']);
  expect(namesOf([''], { to: 'team/app' })).toEqual(['team/app']);
  expect(namesOf(['only/one'], { to: 'team/app' })).toEqual(['team/app']);
});

test('a tree keeps its paths, below what comes before', () => {
  expect(namesOf(['a', 'b/c'])).toEqual(['a', 'b/c']);
  expect(namesOf(['', 'a', 'b/c'], { to: 'team' })).toEqual(['team', 'team/a', 'team/b/c']);
  expect(namesOf(['A b', 'c'], { to: 'team', map: new Map([['A b', 'ab']]) })).toEqual(['team/ab', 'team/c']);
});

test.for([
  [
    ['My App'],
    `"My App" cannot be the name of a repository (it has a space or a tab): choose one, --map 'My App=my-app'`,
  ],
  [
    ['a\tb'],
    `"a\\tb" cannot be the name of a repository (it has a space or a tab): choose one, --map 'a\tb=a-b'`,
  ],
  [
    ['x/App'],
    `"x/App" cannot be the name of a repository (it has a capital letter): choose one, --map 'x/App=x/app'`,
  ],
  [
    ['a..b'],
    `"a..b" cannot be the name of a repository (parts are of a-z and 0-9 with single . _ or - between): choose one, --map 'a..b=a-b'`,
  ],
] as const)('%j is refused', ([layouts, message]) => {
  expect(() => namesOf([...layouts, 'fine'])).toThrow(message);
});

test('all faults are told at once', () => {
  const map = new Map([
    ['b', 'a'],
    ['nowhere', 'x'],
  ]);
  expect(() => namesOf(['a', 'b', 'C'], { map })).toThrow(
    /"C" cannot be .*\n"a" and "b" would all be a\n--map names "nowhere", and no layout is called so/,
  );
});

test('what is exported is a repository, a tag, a digest or a pattern', () => {
  const hex = 'a'.repeat(64);
  expect(parseSelection('team/app')).toEqual({ pattern: 'team/app' });
  expect(parseSelection('team/app:v1')).toEqual({ name: 'team/app', tag: 'v1' });
  expect(parseSelection(`app@sha256:${hex}`)).toMatchObject({ name: 'app', digest: { hex } });
  expect(parseSelection('team/**')).toEqual({ pattern: 'team/**' });
  for (const wrong of ['Team', 'a:b c', 'a@sha256:1', 'A*', ':v1'])
    expect(() => parseSelection(wrong)).toThrow();
});
