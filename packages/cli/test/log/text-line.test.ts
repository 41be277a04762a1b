import { describe, expect, it } from 'vitest';
import { toLogfmt, toShortLine } from '../../src/log/text-line.js';

const TIME = '2026-11-22T12:03:04.567Z';

describe('a line of the text log', () => {
  it("has Distribution's form", () => {
    const line = toLogfmt({
      time: TIME,
      level: 'info',
      msg: 'two words',
      driver: 's3',
      count: 7,
      list: ['a'],
    });
    expect(line).toBe(`time=${TIME} level=info msg="two words" driver=s3 count=7 list="[\\"a\\"]"\n`);
  });

  it('is short in a terminal', () => {
    expect(toShortLine({ time: TIME, level: 'warn', msg: 'two words', driver: 's3' })).toBe(
      '12:03:04 warn  two words driver=s3\n',
    );
  });

  it.each([
    ['a line feed', 'a\nlevel=error'],
    ['an escape sequence', '\u001b[2Ja'],
    ['a carriage return', 'a\rb'],
    ['a change of direction', 'a\u202eb'],
    ['a C1 control', 'a\u009bb'],
  ])('is one line of plain characters, whatever is in it: %s', (_, text) => {
    for (const line of [
      toLogfmt({ time: TIME, level: 'info', msg: text, agent: text }),
      toShortLine({ time: TIME, level: 'info', msg: text, agent: text }),
    ]) {
      expect(line.slice(0, -1)).toMatch(/^[\u0020-\u007e]*$/);
      expect(line.endsWith('\n')).toBe(true);
    }
  });
});
