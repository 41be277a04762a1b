import type { LevelResult } from '../levels.js';

/** One level for people: `core             reached, 120 cases`. */
export function levelLine({ level, status, passed, failed }: LevelResult): string {
  const head = `${level.padEnd(16)} ${status}`;
  if (status === 'reached') return `${head}, ${String(passed)} cases`;
  if (status !== 'failed') return head;
  return `${head} ${String(failed.length)} of ${String(passed + failed.length)}: ${failed.join(', ')}`;
}
