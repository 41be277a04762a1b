import type { LevelResult } from '../levels.js';
import type { CaseResult } from '../run.js';

/** Turns results into text, each piece ending in a line feed or empty. It prints nothing itself. */
export interface Reporter {
  result(result: CaseResult): string;
  /** After the last result. */
  end(levels?: readonly LevelResult[]): string;
}
