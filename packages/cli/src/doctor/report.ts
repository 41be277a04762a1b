import type { CheckResult, CheckStatus } from './check.js';

const WIDTH = 'not tried'.length;

/** A check in one line. */
export function reportLine({ status, what, detail, advice }: CheckResult): string {
  const why = detail === undefined ? '' : `: ${oneLine(detail)}`;
  const help = advice === undefined ? '' : `. What helps: ${advice}`;
  return `${(status === 'failed' ? 'FAILED' : status).padEnd(WIDTH)}  ${what}${why}${help}\n`;
}

/** `N ok, N warnings, N failed, N not tried` */
export function closingLine(results: readonly CheckResult[]): string {
  const { ok, warnings, failed, notTried } = summarize(results);
  return `${String(ok)} ok, ${String(warnings)} warnings, ${String(failed)} failed, ${String(notTried)} not tried\n`;
}

export interface DoctorSummary {
  readonly ok: number;
  readonly warnings: number;
  readonly failed: number;
  readonly notTried: number;
}

export function summarize(results: readonly CheckResult[]): DoctorSummary {
  const count = (status: CheckStatus) => results.filter((result) => result.status === status).length;
  return {
    ok: count('ok'),
    warnings: count('warning'),
    failed: count('failed'),
    notTried: count('not tried'),
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
