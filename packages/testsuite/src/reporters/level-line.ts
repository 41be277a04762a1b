import type { LevelResult } from '../levels.js';

/** One level for people: `core             reached, 120 cases`. */
export function levelLine({ level, status, passed, failed }: LevelResult): string {
  const ran = passed + failed.length;
  const counts =
    status === 'failed' ? ` ${String(failed.length)} of ${String(ran)}: ${failed.join(', ')}` : '';
  return `${level.padEnd(16)} ${status}${status === 'reached' ? `, ${String(passed)} cases` : counts}`;
}
