import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_DEPTH, MAX_KEYS, scanJson } from '../../src/manifests/scan-json.js';

const scan = (text: string): string | undefined => scanJson(Buffer.from(text));

describe('the scan before the parser', () => {
  test('takes every JSON value that is not too deep, in any layout', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20 }), fc.nat(4), (value, indent) => {
        expect(scan(JSON.stringify(value, null, indent))).toBeUndefined();
      }),
    );
  });

  test('finds a key given twice, wherever it is', () => {
    expect(scan('{"a":1,"b":{"c":[{"d":1 , "e":2,\n"d" :3}]}}')).toBe('a key is given twice');
    expect(scan('{"\\u00e9":1,"é":2}')).toBe('a key is given twice');
    expect(scan('{"a":{"a":{"a":["a","a"]}},"b":"a"}')).toBeUndefined();
    expect(scan('{"a":"\\"a\\":","b":"{","c":"}"}')).toBeUndefined();
  });

  test('counts levels', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(scan(nested(MAX_DEPTH))).toBeUndefined();
    expect(scan(nested(MAX_DEPTH + 1))).toContain('nested deeper');
    expect(scan(`"${'['.repeat(1000)}"`)).toBeUndefined();
  });

  test('counts the keys of each object', () => {
    const withKeys = (count: number): string =>
      `{${Array.from({ length: count }, (_, index) => `"${String(index)}":1`).join(',')}}`;
    expect(scan(`[${withKeys(MAX_KEYS)},${withKeys(MAX_KEYS)}]`)).toBeUndefined();
    expect(scan(withKeys(MAX_KEYS + 1))).toContain('keys');
  });

  test('never throws and always ends', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a', '\\u', ' ')),
        (parts) => {
          scan(parts.join(''));
        },
      ),
    );
    fc.assert(fc.property(fc.uint8Array(), (content) => void scanJson(Buffer.from(content))));
  });
});
