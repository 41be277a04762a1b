import { whereOf } from '../document/where-of.js';
import type { LevelResult } from '../levels.js';
import type { CaseResult } from '../run.js';
import { closingLine, summarize } from '../summary.js';
import { inWords } from './in-words.js';
import { levelLine } from './level-line.js';
import type { Reporter } from './reporter.js';

const SIGNS = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' } as const;

/** One line a case, for people. */
export function createSpecReporter(): Reporter {
  const results: CaseResult[] = [];
  return {
    result(result) {
      const isNewSuite = results.at(-1)?.suite !== result.suite;
      results.push(result);
      const heading = isNewSuite ? `${results.length > 1 ? '\n' : ''}${result.suite}\n` : '';
      return heading + line(result);
    },
    end: (levels = []) => `\n${levelTable(levels)}${closingLine(summarize(results))}\n`,
  };
}

function line({ status, id, name, reason, error, promise, durationMs }: CaseResult): string {
  const time = durationMs >= 1000 ? ` (${(durationMs / 1000).toFixed(1)} s)` : '';
  const why = reason === undefined ? '' : ` - ${reason}`;
  const head = `  ${SIGNS[status]} ${id.padEnd(18)} ${name}${time}${why}\n`;
  if (error === undefined) return head;
  const see = whereOf(id);
  const document = see === undefined ? '' : `       see:     ${see}\n`;
  return `${head}       promise: ${promise}\n${document}${indent(inWords(error), '       ')}`;
}

function levelTable(levels: readonly LevelResult[]): string {
  return levels.length === 0 ? '' : `levels\n${levels.map((each) => `  ${levelLine(each)}\n`).join('')}\n`;
}

function indent(text: string, by: string): string {
  return text
    .split('\n')
    .map((each) => `${by}${each}\n`)
    .join('');
}
