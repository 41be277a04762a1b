import { inspect } from 'node:util';
import type { CaseResult } from '../run.js';
import { type Summary, summarize } from '../summary.js';
import type { Reporter } from './reporter.js';

/** JUnit XML, as CI systems read it; everything comes at the end, because counts stand first. */
export function createJunitReporter(): Reporter {
  const results: CaseResult[] = [];
  return {
    result(result) {
      results.push(result);
      return '';
    },
    end() {
      const suites = [...new Set(results.map((result) => result.suite))];
      const body = suites.map((suite) =>
        suiteElement(
          suite,
          results.filter((result) => result.suite === suite),
        ),
      );
      const { passed, failed, skipped } = summarize(results);
      return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${counts({ passed, failed, skipped })}>\n${body.join('')}</testsuites>\n`;
    },
  };
}

function suiteElement(suite: string, results: readonly CaseResult[]): string {
  const total = results.reduce((sum, result) => sum + result.durationMs, 0);
  const head = `  <testsuite name="${escapeXml(suite)}"${counts(summarize(results))} time="${seconds(total)}">\n`;
  return `${head}${results.map(caseElement).join('')}  </testsuite>\n`;
}

function caseElement({ suite, id, name, durationMs, reason, error, status }: CaseResult): string {
  const head = `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(`${id} ${name}`)}" time="${seconds(durationMs)}"`;
  if (status === 'passed') return `${head}/>\n`;
  const inner =
    status === 'skipped'
      ? `<skipped message="${escapeXml(reason ?? '')}"/>`
      : `<failure message="${escapeXml(error?.message ?? '')}">${escapeXml(inspect(error))}</failure>`;
  return `${head}>\n      ${inner}\n    </testcase>\n`;
}

function counts({ passed, failed, skipped }: Summary): string {
  return ` tests="${String(passed + failed + skipped)}" failures="${String(failed)}" errors="0" skipped="${String(skipped)}"`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Escapes, and drops what XML 1.0 cannot hold at all. */
function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (letter) => entities[letter] ?? letter)
    .replace(/[\n\r\t]/g, (letter) => `&#${String(letter.charCodeAt(0))};`);
}
