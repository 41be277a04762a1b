import { isStorageError } from '@outrigger/driver';
import type { CaseResult } from '../run.js';
import { summarize } from '../summary.js';
import type { Reporter } from './reporter.js';

/** One JSON object a line: every result, then the counts and levels. */
export function createJsonReporter(): Reporter {
  const results: CaseResult[] = [];
  return {
    result(result) {
      results.push(result);
      const { error, ...rest } = result;
      return `${JSON.stringify(error === undefined ? rest : { ...rest, error: errorFields(error) })}\n`;
    },
    end: (levels) => `${JSON.stringify({ ...summarize(results), levels })}\n`,
  };
}

function errorFields(error: Error): Record<string, unknown> {
  const { name, message, stack } = error;
  return { name, message, stack, ...(isStorageError(error) ? { code: error.code, path: error.path } : {}) };
}
