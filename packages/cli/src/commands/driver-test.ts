import type { DataPlane } from '@outrigger/ipc/host';
import type { ReporterName } from '@outrigger/testsuite';
import { closingLine } from '@outrigger/testsuite';
import { testDriver } from '../driver-test/test-driver.js';
import { EXIT } from '../exit-codes.js';
import { ownOptions } from './own-options.js';

export interface DriverTestFlags {
  readonly plane?: DataPlane;
  readonly full: boolean;
  readonly reporter: ReporterName;
}

/** Proves a driver; the exit status says whether it held. */
export async function runDriverTest(
  driver: string,
  json: string | undefined,
  { plane, full, reporter }: DriverTestFlags,
): Promise<void> {
  const print = (text: string) => void process.stdout.write(text);
  const summary = await testDriver({
    driver,
    json,
    plane,
    short: !full,
    reporter,
    host: ownOptions(),
    print,
  });
  // Reports for machines have their own way to say it.
  if (reporter !== 'spec') process.stderr.write(`${closingLine(summary)}\n`);
  process.exitCode = summary.failed > 0 ? EXIT.failed : EXIT.ok;
}
