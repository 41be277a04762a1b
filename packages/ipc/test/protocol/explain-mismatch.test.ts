import { expect, test } from 'vitest';
import { METHODS, explainMismatch, referenceOf } from '../../src/index.js';

test.each([
  ['stat', { path: '/a', size: 1, isDir: false }, 'result.modTime: it is missing, expected number'],
  [
    'stat',
    { path: '/a', size: '1', modTime: 0, isDir: false },
    'result.size: expected number, received string',
  ],
  ['stat', null, 'result: expected object, received null'],
  ['list', { entries: [{ path: '/a' }, {}] }, 'result.entries[1].path: it is missing, expected string'],
  ['initialize', { protocolVersion: 'abc' }, 'result.protocolVersion: expected number, received string'],
  // Three results are possible: the one that is meant is the one that fits best.
  ['read', { data: 'YQ==', size: 1, modTime: 'now' }, 'result.modTime: expected number, received string'],
  ['read', { bytes: 1, size: 1 }, 'result.modTime: it is missing, expected number'],
])('the result of %s is explained: %j', (name, value, expected) => {
  const method = METHODS.find((each) => each.name === name);
  const { error } = method?.result.safeParse(value) ?? {};
  expect(error && explainMismatch(error, 'result')).toBe(expected);
});

test('a value is not in what is said about it', () => {
  const [initialize] = METHODS;
  const { error } = initialize?.params.safeParse({ protocolVersions: ['hunter2'] }) ?? {};
  expect(error && explainMismatch(error, 'params')).not.toContain('hunter2');
});

test.each([
  ['stat', 'reference.md#stat'],
  ['writer/open', 'reference.md#writeropen'],
  ['$/progress', 'reference.md#progress'],
  ['redirectURL', 'reference.md#redirecturl'],
])('the section about %s is %s', (method, section) => {
  expect(referenceOf(method)).toBe(section);
});
