import type { CapabilityName, Plane } from './case.js';
import { LEVEL_NAMES, type LevelName } from './level-names.js';
import type { CaseResult } from './run.js';
import { summarize } from './summary.js';

/** What the levels of a driver are told by: what it says of itself, and the planes that were tested. */
export interface TestedDriver {
  readonly name: string;
  readonly version: string;
  readonly dataPlanes: readonly Plane[];
  readonly capabilities: readonly CapabilityName[];
  readonly testedPlanes: readonly Plane[];
}

export interface LevelResult {
  readonly level: LevelName;
  /** `undeclared`: the driver does not say that it can. `untested`: it does, and no case of the level ran. */
  readonly status: 'reached' | 'failed' | 'undeclared' | 'untested';
  readonly passed: number;
  /** Ids of the cases that failed. */
  readonly failed: readonly string[];
  readonly skipped: number;
}

/** How far a driver came, a level a line. */
export function summarizeLevels(results: readonly CaseResult[], driver: TestedDriver): LevelResult[] {
  return LEVEL_NAMES.map((level) => {
    const own = results.filter((result) => result.levels.includes(level));
    const { passed, skipped } = summarize(own);
    const failed = [...new Set(own.filter((each) => each.status === 'failed').map(({ id }) => id))];
    const status = statusOf(isDeclared(level, driver), passed, failed.length);
    return { level, status, passed, failed, skipped };
  });
}

function statusOf(declared: boolean, passed: number, failed: number): LevelResult['status'] {
  if (failed > 0) return 'failed';
  if (!declared) return 'undeclared';
  return passed > 0 ? 'reached' : 'untested';
}

function isDeclared(level: LevelName, { dataPlanes, capabilities }: TestedDriver): boolean {
  if (level === 'core') return true;
  if (level === 'socket' || level === 'file') return dataPlanes.includes(level);
  return capabilities.includes(level);
}
