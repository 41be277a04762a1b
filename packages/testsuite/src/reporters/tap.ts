import { whereOf } from '../document/where-of.js';
import type { CaseResult } from '../run.js';
import { closingLine, summarize } from '../summary.js';
import { levelLine } from './level-line.js';
import type { Reporter } from './reporter.js';

/** Test Anything Protocol, version 14. */
export function createTapReporter(): Reporter {
  const results: CaseResult[] = [];
  return {
    result(result) {
      results.push(result);
      return (results.length === 1 ? 'TAP version 14\n' : '') + testPoint(results.length, result);
    },
    end(levels = []) {
      const head = results.length === 0 ? 'TAP version 14\n' : '';
      const reached = levels.map((each) => `# level ${levelLine(each)}\n`).join('');
      return `${head}1..${String(results.length)}\n${reached}# ${closingLine(summarize(results))}\n`;
    },
  };
}

function testPoint(turn: number, { suite, id, name, status, reason, error, promise }: CaseResult): string {
  const ok = status === 'failed' ? 'not ok' : 'ok';
  const directive = status === 'skipped' ? ` # SKIP ${oneLine(reason ?? '')}` : '';
  const description = oneLine(`${suite}: ${id} ${name}`).replace(/[\\#]/g, '\\$&');
  const head = `${ok} ${String(turn)} - ${description}${directive}\n`;
  if (error === undefined) return head;
  // JSON strings are YAML strings.
  return `${head}  ---\n  message: ${JSON.stringify(error.message)}\n  promise: ${JSON.stringify(promise)}\n  see: ${JSON.stringify(whereOf(id) ?? '')}\n  ...\n`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
