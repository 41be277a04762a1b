import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, parseDigest, tryParseDigest } from '../../src/reference/digest.js';
import { checkName } from '../../src/reference/name.js';
import { isTag } from '../../src/reference/tag.js';
import { isRegistryError } from '../../src/registry-error.js';

/** The pattern of the specification, which the split by components replaces. */
const NAME_PATTERN = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

function isName(name: string): boolean {
  try {
    checkName(name);
    return true;
  } catch (error) {
    if (!isRegistryError(error, 'NAME_INVALID')) throw error;
    return false;
  }
}

describe('references', () => {
  test("names are the specification's, up to 255 characters", () => {
    const text = fc
      .array(fc.constantFrom(...Array.from('ab0._-/A%')), { maxLength: 12 })
      .map((characters) => characters.join(''));
    fc.assert(
      fc.property(text, (name) => {
        expect(isName(name)).toBe(NAME_PATTERN.test(name));
      }),
      { numRuns: 2000 },
    );
    expect([isName('a'.repeat(255)), isName('a'.repeat(256))]).toEqual([true, false]);
  });

  test('digests come back as they are, and only they do', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('sha256' as const, 'sha512' as const),
        (content, algorithm) => {
          const digest = digestOf(content, algorithm);
          expect(parseDigest(digest.text)).toEqual(digest);
          expect(tryParseDigest(`${digest.text}0`)).toBeUndefined();
          expect(tryParseDigest(digest.text.slice(0, -1))).toBeUndefined();
          expect(tryParseDigest(`${digest.text}\n`)).toBeUndefined();
        },
      ),
    );
    fc.assert(fc.property(fc.string(), (text) => tryParseDigest(text) === undefined));
  });

  test('tags', () => {
    expect(['latest', '_', 'v1.0-rc_1', 'A'.repeat(128)].every(isTag)).toBe(true);
    expect(['', '.a', '-a', 'a:b', 'a/b', 'a\n', 'a b', 'A'.repeat(129)].some(isTag)).toBe(false);
  });
});
