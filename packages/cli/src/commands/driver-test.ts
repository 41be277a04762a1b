import type { DataPlane } from '@outrigger/ipc/host';
import type { LevelName, ReporterName } from '@outrigger/testsuite';
import { closingLine, summarize } from '@outrigger/testsuite';
import type { TestedLevels } from '../driver-test/test-driver.js';
import { testDriver } from '../driver-test/test-driver.js';
import type { ResultFiles } from '../driver-test/write-results.js';
import { checkFiles, writeResults } from '../driver-test/write-results.js';
import { EXIT } from '../exit-codes.js';
import { ownOptions } from './own-options.js';

export interface DriverTestFlags extends ResultFiles {
  readonly plane?: DataPlane;
  readonly level?: readonly LevelName[];
  readonly full: boolean;
  readonly reporter: ReporterName;
}

/** Proves a driver; the exit status says whether it held. */
export async function runDriverTest(
  driver: string,
  json: string | undefined,
  { plane, level, full, reporter, ...files }: DriverTestFlags,
): Promise<void> {
  await checkFiles(files);
  const tested = await testDriver({
    driver,
    json,
    plane,
    levels: level,
    short: !full,
    reporter,
    host: ownOptions(),
    print: (text: string) => void process.stdout.write(text),
  });
  await writeResults(files, tested);
  const summary = summarize(tested.results);
  // Reports for machines have their own way to say it.
  if (reporter !== 'spec') process.stderr.write(`${closingLine(summary)}\n`);
  const missed = missedLevels(tested, level);
  if (missed.length > 0) process.stderr.write(`not reached: ${missed.join(', ')}\n`);
  process.exitCode = summary.failed > 0 || missed.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Of the levels that were asked for. */
function missedLevels({ levels }: TestedLevels, asked: readonly LevelName[] = []): LevelName[] {
  return levels
    .filter(({ level, status }) => asked.includes(level) && status !== 'reached')
    .map(({ level }) => level);
}
