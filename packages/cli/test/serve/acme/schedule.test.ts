import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../src/serve/acme/acme-error.js';
import { renewalTime, retryDelay } from '../../../src/serve/acme/schedule.js';
import { issueIdentity } from './issued.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const [least, most] = [() => 0, () => 1];

describe('a certificate is renewed', () => {
  it.each([
    ['30 days before its end', 365, 335],
    ['after two thirds of a short life', 6, 4],
  ])('%s', (_, life, after) => {
    const from = new Date('2026-01-01T00:00:00Z');
    const { leaf } = issueIdentity({ from, to: new Date(from.getTime() + life * DAY) });
    const time = from.getTime() + after * DAY;
    expect(renewalTime(leaf, least)).toBe(time);
    expect(renewalTime(leaf, most)).toBe(time + 60 * MINUTE);
  });

  it('by chance later by at most a tenth of what is left', () => {
    const from = new Date('2026-01-01T00:00:00Z');
    const { leaf } = issueIdentity({ from, to: new Date(from.getTime() + 30_000) });
    expect(renewalTime(leaf, least) - from.getTime()).toBe(20_000);
    expect(renewalTime(leaf, most) - from.getTime()).toBe(21_000);
  });
});

describe('after failures', () => {
  it('the CA is asked five times in an hour at most', () => {
    const delays = [1, 2, 3, 4, 5, 6, 100].map((failures) => retryDelay(failures, false, 0, least) / MINUTE);
    expect(delays).toEqual([1, 3, 9, 27, 60, 60, 60]);
    expect(retryDelay(1, false, 0, most)).toBe(1.2 * MINUTE);
  });

  it('there is no hurry as long as the certificate is good', () => {
    expect(retryDelay(1, true, 0, least)).toBe(30 * MINUTE);
    expect(retryDelay(9, true, 0, most)).toBe(60 * MINUTE);
  });

  it('the CA may ask for more patience', () => {
    expect(retryDelay(1, false, 7 * DAY)).toBe(7 * DAY);
  });

  it.each([
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', MINUTE],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', 0],
    [undefined, 0],
  ])('Retry-After: %s', (value, ms) => {
    expect(parseRetryAfter(value, Date.parse('2026-01-01T00:00:00Z'))).toBe(ms);
  });
});
