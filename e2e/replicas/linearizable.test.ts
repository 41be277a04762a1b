import { expect, test } from 'vitest';
import type { Operation } from './linearizable.js';
import { isLinearizable } from './linearizable.js';

const put = (value: string, begin: number, end: number): Operation => ({ kind: 'put', value, begin, end });
const get = (value: string | undefined, begin: number, end: number): Operation => ({
  kind: 'get',
  value,
  begin,
  end,
});
const remove = (found: boolean, begin: number, end: number): Operation => ({
  kind: 'delete',
  found,
  begin,
  end,
});
const removeIf = (value: string, begin: number, end: number): Operation => ({
  kind: 'deleteIf',
  value,
  begin,
  end,
});

test.each<[string, Operation[]]>([
  ['nothing', []],
  ['one after the other', [put('a', 0, 1), get('a', 2, 3), put('b', 4, 5), get('b', 6, 7)]],
  ['a get beside a put finds either', [put('a', 0, 1), put('b', 2, 9), get('a', 3, 4), get('b', 5, 6)]],
  ['two puts at once in either order', [put('a', 0, 5), put('b', 0, 5), get('a', 6, 7)]],
  [
    'a put of which nobody knows the end, late',
    [put('a', 0, 1), put('b', 2, Infinity), get('a', 50, 51), get('b', 90, 91)],
  ],
  ['a put of which nobody knows the end, never', [put('a', 0, 1), put('b', 2, Infinity), get('a', 90, 91)]],
  ['a delete', [put('a', 0, 1), remove(true, 2, 3), get(undefined, 4, 5), remove(false, 6, 7)]],
  ['a delete of another value', [put('a', 0, 1), removeIf('b', 2, 3), get('a', 4, 5)]],
  ['a delete of this value', [put('a', 0, 1), removeIf('a', 2, 3), get(undefined, 4, 5)]],
])('%s: linearizable', (_, history) => {
  expect(isLinearizable(history)).toBe(true);
});

test.each<[string, Operation[]]>([
  ['an old value', [put('a', 0, 1), put('b', 2, 3), get('a', 4, 5)]],
  ['a value that goes back', [put('a', 0, 1), put('b', 2, 9), get('b', 3, 4), get('a', 5, 6)]],
  ['a lost put', [put('a', 0, 1), get(undefined, 2, 3)]],
  [
    'a lost put beside a delete of the value before',
    [put('a', 0, 1), removeIf('a', 2, 9), put('b', 3, 4), get(undefined, 10, 11)],
  ],
  ['a value that nobody has put', [get('a', 0, 1)]],
  ['a delete that found what was not there', [remove(true, 0, 1)]],
  ['a put that was not begun yet', [get('a', 0, 1), put('a', 2, Infinity)]],
])('%s: not linearizable', (_, history) => {
  expect(isLinearizable(history)).toBe(false);
});
