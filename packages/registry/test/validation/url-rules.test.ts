import { describe, expect, test } from 'vitest';
import { InvalidPatternError, createUrlRules } from '../../src/index.js';

describe('URLs of layers', () => {
  test('are all refused when nothing is said', async () => {
    const rules = await createUrlRules({ allow: [], deny: [] });
    expect(rules.allows('https://example.com/layer')).toBe(false);
  });

  test('match one expression that allows, and none that denies', async () => {
    const rules = await createUrlRules({
      allow: ['^https?://([^/]+\\.)*example\\.com/', '^https://other\\.example/'],
      deny: ['^https?://www\\.example\\.com/'],
    });
    expect(rules.allows('https://example.com/layer')).toBe(true);
    expect(rules.allows('http://cdn.example.com/layer?a=b')).toBe(true);
    expect(rules.allows('https://other.example/layer')).toBe(true);
    expect(rules.allows('https://www.example.com/layer')).toBe(false);
    expect(rules.allows('https://example.org/layer')).toBe(false);
  });

  test('are let in by expressions that deny alone', async () => {
    const rules = await createUrlRules({ allow: [], deny: ['internal'] });
    expect(rules.allows('https://example.com/layer')).toBe(true);
    expect(rules.allows('https://internal.example.com/layer')).toBe(false);
  });

  test.each([
    'javascript:alert(1)',
    'ftp://example.com/x',
    'file:///etc/passwd',
    'https://example.com/x#fragment',
    'https://evil.test\\@example.com/',
    'https://exam\nple.com/',
    ' https://example.com/',
    'HTTPS://example.com/ x',
    'https://',
    `https://example.com/${'x'.repeat(9000)}`,
    '',
  ])('that are none for the web are refused: %j', async (url) => {
    const rules = await createUrlRules({ allow: ['.*'], deny: ['never'] });
    expect(rules.allows(url)).toBe(false);
  });

  test('Go reads expressions differently from JavaScript', async () => {
    const rules = await createUrlRules({
      allow: ['(?i)^https://EXAMPLE\\.com/\\z|\\Ahttps://[[:alpha:]]+/$'],
      deny: [],
    });
    expect(rules.allows('https://example.com/')).toBe(true);
    expect(rules.allows('https://abc/')).toBe(true);
    expect(rules.allows('https://a1/')).toBe(false);
  });

  test('an expression that would keep JavaScript busy for years takes no time', async () => {
    const rules = await createUrlRules({ allow: ['^(([a-z:/])+.)+[A-Z]([a-z])+$'], deny: [] });
    expect(rules.allows(`https://${'a'.repeat(5000)}`)).toBe(false);
  });

  test.each(['(', 'a(?=b)', '(a)\\1'])('what Go cannot read is an error: %s', async (pattern) => {
    const made = createUrlRules({ allow: [], deny: ['fine', pattern] });
    await expect(made).rejects.toThrow(InvalidPatternError);
    await expect(made).rejects.toMatchObject({ list: 'deny', index: 1 });
  });
});
