import type { LevelResult, TestedDriver } from './levels.js';
import { whereOf } from './document/where-of.js';
import type { CaseResult } from './run.js';
import { type Summary, summarize } from './summary.js';

/** What was tested, when, and how it ended: for machines. Its JSON Schema is docs/protocol/schema/report.schema.json. */
export interface ConformanceReport {
  readonly reportVersion: 1;
  readonly protocolVersion: 1;
  readonly suite: { readonly name: string; readonly version: string };
  readonly date: string;
  readonly driver: TestedDriver;
  readonly summary: Summary;
  readonly levels: readonly LevelResult[];
  readonly cases: readonly ReportedCase[];
}

export interface ReportedCase extends Pick<
  CaseResult,
  'id' | 'suite' | 'name' | 'promise' | 'status' | 'levels'
> {
  /** Chapter and section of docs/protocol that has the sentence which the case proves. */
  readonly see: string | null;
  readonly durationMs: number;
  /** Why it was skipped, or what went wrong. */
  readonly message?: string;
}

export interface ReportParts {
  readonly driver: TestedDriver;
  readonly results: readonly CaseResult[];
  readonly levels: readonly LevelResult[];
  readonly version: string;
  readonly date: Date;
}

/** The report of a whole run. */
export function createReport({ driver, results, levels, version, date }: ReportParts): ConformanceReport {
  return {
    reportVersion: 1,
    protocolVersion: 1,
    suite: { name: 'outrigger', version },
    date: date.toISOString(),
    driver,
    summary: summarize(results),
    levels,
    cases: results.map(reportedCase),
  };
}

function reportedCase({
  id,
  suite,
  name,
  promise,
  status,
  levels,
  durationMs,
  ...result
}: CaseResult): ReportedCase {
  const message = result.reason ?? result.error?.message;
  return {
    id,
    suite,
    name,
    promise,
    see: whereOf(id) ?? null,
    status,
    levels,
    durationMs: Math.round(durationMs),
    ...(message === undefined ? {} : { message }),
  };
}
