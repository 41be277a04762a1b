import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './drivers.js';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What is looked at of docs/protocol/schema/report.schema.json. */
interface Report {
  readonly cases: readonly { readonly suite: string; readonly status: keyof Counts }[];
}

/**
 * Runs `outrigger driver test` over all planes of a driver.
 *
 * @returns counts by the last word of a suite's name: a plane, or `protocol`
 */
export async function runSuite(
  executable: string,
  rootdirectory: string,
  directory: string,
): Promise<Map<string, Counts>> {
  const report = join(directory, 'report.json');
  const main = join(ROOT, 'packages/cli/dist/main.js');
  const args = [main, 'driver', 'test', executable, JSON.stringify({ rootdirectory }), '--report', report];
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  // 1 says that cases failed.
  if (status !== 0 && status !== 1) throw new Error(`outrigger driver test ended with ${String(status)}`);
  const { cases } = JSON.parse(await readFile(report, 'utf8')) as Report;
  const counts = new Map<string, Counts>();
  for (const { suite, status: outcome } of cases) {
    const name = suite.slice(suite.lastIndexOf(' ') + 1);
    const own = counts.get(name) ?? { passed: 0, failed: 0, skipped: 0 };
    own[outcome]++;
    counts.set(name, own);
  }
  return counts;
}
