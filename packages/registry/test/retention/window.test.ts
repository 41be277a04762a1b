import { describe, expect, it } from 'vitest';
import { openingAt, parseWindow } from '../../src/retention/window.js';

describe('a window of the day', () => {
  it.each(['02:00-05:00', '22:30-01:15', '00:00-23:59'])('%s is one', (text) => {
    expect(parseWindow(text)).toBeDefined();
  });

  it.each(['', '2:00-5:00', '02:00', '24:00-01:00', '02:60-03:00', '02:00-02:00', '02:00-05:00Z'])(
    '%s is none',
    (text) => {
      expect(parseWindow(text)).toBeUndefined();
    },
  );

  it.each([
    ['02:00-05:00', '2026-11-22T01:00', '2026-11-22T02:00', '2026-11-22T05:00'],
    ['02:00-05:00', '2026-11-22T02:00', '2026-11-22T02:00', '2026-11-22T05:00'],
    ['02:00-05:00', '2026-11-22T04:59', '2026-11-22T02:00', '2026-11-22T05:00'],
    ['02:00-05:00', '2026-11-22T05:00', '2026-11-23T02:00', '2026-11-23T05:00'],
    ['22:30-01:15', '2026-11-22T00:30', '2026-11-21T22:30', '2026-11-22T01:15'],
    ['22:30-01:15', '2026-11-22T01:15', '2026-11-22T22:30', '2026-11-23T01:15'],
  ])('%s at %s is open from %s to %s', (text, now, opens, closes) => {
    const window = parseWindow(text);
    const at = (time: string) => Date.parse(`${time}:00Z`);
    expect(window && openingAt(window, at(now))).toEqual({ opens: at(opens), closes: at(closes) });
  });
});
