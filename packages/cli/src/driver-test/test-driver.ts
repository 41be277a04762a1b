import type { DriverHostOptions } from '@outrigger/host';
import { describeDriver } from '@outrigger/host';
import type { DataPlane } from '@outrigger/ipc/host';
import type { CaseResult, ReporterName, Summary } from '@outrigger/testsuite';
import { createReporter, summarize, testExecutable } from '@outrigger/testsuite';
import { parseParameters, withTemporaryPaths } from './parameters.js';

export interface TestDriverOptions {
  /** Name of a driver, or path of an executable. */
  readonly driver: string;
  /** The parameters, a JSON map. */
  readonly json: string | undefined;
  /** Default: every plane that the driver has. */
  readonly plane: DataPlane | undefined;
  readonly short: boolean;
  readonly reporter: ReporterName;
  readonly host: DriverHostOptions;
  /** Takes the report, piece by piece. */
  readonly print: (text: string) => void;
}

/**
 * Runs every case against an executable: those of the contract on each data plane, and those of the protocol.
 *
 * @throws CommandError, and what starting the driver throws
 */
export async function testDriver(options: TestDriverOptions): Promise<Summary> {
  const { driver, plane, short, host, print } = options;
  const given = parseParameters(options.json);
  const { description } = await describeDriver(driver, host);
  await using test = await withTemporaryPaths(given, description?.parameters);
  const reporter = createReporter(options.reporter);
  const results: CaseResult[] = [];
  const cases = testExecutable({
    executable: driver,
    parameters: test.parameters,
    driverDirectories: host.driverDirectories,
    environment: host.environment,
    short,
    ...(plane === undefined ? {} : { planes: [plane] }),
  });
  for await (const result of cases) {
    results.push(result);
    print(reporter.result(result));
  }
  print(reporter.end());
  return summarize(results);
}
