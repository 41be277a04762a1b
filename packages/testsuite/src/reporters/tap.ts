import type { CaseResult } from '../run.js';
import { closingLine, summarize } from '../summary.js';
import type { Reporter } from './reporter.js';

/** Test Anything Protocol, version 14. */
export function createTapReporter(): Reporter {
  const results: CaseResult[] = [];
  return {
    result(result) {
      results.push(result);
      return (results.length === 1 ? 'TAP version 14\n' : '') + testPoint(results.length, result);
    },
    end() {
      const head = results.length === 0 ? 'TAP version 14\n' : '';
      return `${head}1..${String(results.length)}\n# ${closingLine(summarize(results))}\n`;
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
  return `${head}  ---\n  message: ${JSON.stringify(error.message)}\n  promise: ${JSON.stringify(promise)}\n  ...\n`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
