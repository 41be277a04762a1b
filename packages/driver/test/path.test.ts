import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MAX_PATH_LENGTH,
  baseName,
  checkDirectoryPath,
  checkPath,
  compareNames,
  comparePaths,
  isBelow,
  isStorageError,
  joinPath,
  parentPath,
} from '../src/index.js';

const NAME = fc
  .string({ unit: fc.constantFrom('a', 'b', 'Z', '0', '-', '.', '_'), minLength: 1, maxLength: 4 })
  .filter((name) => name !== '.' && name !== '..');
const PATH = fc.array(NAME, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);

describe('checkPath', () => {
  test.each(['/a', '/a/b', '/.a', '/a..', '/...', '/0-9/_x', `/${'a'.repeat(MAX_PATH_LENGTH - 1)}`])(
    'takes %s',
    (path) => {
      expect(() => checkPath(path)).not.toThrow();
    },
  );

  test.each([
    '',
    '/',
    'a',
    '//a',
    '/a/',
    '/a//b',
    '/.',
    '/..',
    '/a/../b',
    '/a/.',
    '/a b',
    '/a\n',
    '/a\0',
    '/\u00fc',
    '/a\\b',
  ])('refuses %j', (path) => {
    expect(() => checkPath(path)).toThrow(expect.objectContaining({ code: 'INVALID_PATH', path }));
  });

  test('refuses a path that is too long, without all of it in the message', () => {
    const path = `/${'a'.repeat(MAX_PATH_LENGTH)}`;
    expect(() => checkPath(path)).toThrow(expect.objectContaining({ code: 'INVALID_PATH' }));
    expect(() => checkPath(path)).toThrow(/^.{1,150}$/);
  });

  test('is linear: a hostile path of the greatest length takes no time', () => {
    expect(() => checkPath(`${'/a'.repeat(MAX_PATH_LENGTH / 2 - 1)}!`)).toThrow();
  });

  test('takes what is made of names', () => {
    fc.assert(fc.property(PATH, (path) => checkPath(path)));
  });

  test('checkDirectoryPath takes the root besides', () => {
    expect(() => checkDirectoryPath('/')).not.toThrow();
    expect(() => checkDirectoryPath('//')).toThrow();
  });
});

describe('comparePaths', () => {
  /** The definition: as if `/` were the smallest character. */
  const key = (path: string) => path.replaceAll('/', '\0');

  test('orders as if the slash were the smallest character', () => {
    fc.assert(
      fc.property(PATH, PATH, (a, b) => {
        expect(Math.sign(comparePaths(a, b))).toBe(compareNames(key(a), key(b)));
      }),
    );
  });

  test('is the order of a walk: depth first, names in order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(PATH, { maxLength: 30 }), (paths) => {
        const all = [...new Set(paths.flatMap(withParents))];
        expect([...all].sort(comparePaths)).toEqual(depthFirst('/', all));
      }),
    );
  });

  test('puts a directory and its children before its namesakes', () => {
    expect(['/a-b', '/a/x', '/a', '/a.c', '/'].sort(comparePaths)).toEqual([
      '/',
      '/a',
      '/a/x',
      '/a-b',
      '/a.c',
    ]);
  });
});

describe('parts', () => {
  test('joinPath, parentPath and baseName are inverse', () => {
    fc.assert(
      fc.property(PATH, NAME, (directory, name) => {
        const path = joinPath(directory, name);
        expect([parentPath(path), baseName(path)]).toEqual([directory, name]);
        expect(isBelow(path, directory)).toBe(true);
        expect(isBelow(directory, path)).toBe(false);
        expect(isBelow(`${directory}${name}`, directory)).toBe(false);
      }),
    );
  });

  test('the root', () => {
    expect(joinPath('/', 'a')).toBe('/a');
    expect(parentPath('/a')).toBe('/');
    expect(isBelow('/a', '/')).toBe(true);
    expect(isBelow('/', '/')).toBe(false);
  });

  test('a refused path is a StorageError', () => {
    try {
      checkPath('x');
    } catch (error) {
      expect(isStorageError(error, 'INVALID_PATH')).toBe(true);
    }
    expect.assertions(1);
  });
});

function withParents(path: string): string[] {
  return path === '/' ? [] : [...withParents(parentPath(path)), path];
}

function depthFirst(directory: string, all: readonly string[]): string[] {
  const children = all.filter((path) => parentPath(path) === directory);
  return children
    .sort((a, b) => compareNames(baseName(a), baseName(b)))
    .flatMap((child) => [child, ...depthFirst(child, all)]);
}
