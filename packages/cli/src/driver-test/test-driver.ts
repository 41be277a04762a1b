import type { DriverHostOptions } from '@outrigger/host';
import { describeDriver } from '@outrigger/host';
import type { DataPlane } from '@outrigger/ipc/host';
import type { CaseResult, LevelName, LevelResult, ReporterName, TestedDriver } from '@outrigger/testsuite';
import { createReporter, summarizeLevels, testExecutable } from '@outrigger/testsuite';
import { parseParameters, withTemporaryPaths } from './parameters.js';

export interface TestDriverOptions {
  /** Name of a driver, or path of an executable. */
  readonly driver: string;
  /** The parameters, a JSON map. */
  readonly json: string | undefined;
  /** Default: every plane that the driver has. */
  readonly plane: DataPlane | undefined;
  /** Only the cases of these. Default: all cases. */
  readonly levels: readonly LevelName[] | undefined;
  readonly short: boolean;
  readonly reporter: ReporterName;
  readonly host: DriverHostOptions;
  /** Takes the report, piece by piece. */
  readonly print: (text: string) => void;
}

export interface TestedLevels {
  readonly driver: TestedDriver;
  readonly results: readonly CaseResult[];
  readonly levels: readonly LevelResult[];
}

/**
 * Runs the cases against an executable: those of the contract on each data plane, and those of the protocol.
 *
 * @throws CommandError, and what starting the driver throws
 */
export async function testDriver(options: TestDriverOptions): Promise<TestedLevels> {
  const { driver: executable, plane, short, host, print } = options;
  const given = parseParameters(options.json);
  const { description } = await describeDriver(executable, host);
  await using test = await withTemporaryPaths(given, description?.parameters);
  const reporter = createReporter(options.reporter);
  const { driver, results: running } = await testExecutable({
    executable,
    parameters: test.parameters,
    driverDirectories: host.driverDirectories,
    environment: host.environment,
    levels: options.levels,
    short,
    ...(plane === undefined ? {} : { planes: [plane] }),
  });
  const results: CaseResult[] = [];
  for await (const result of running) {
    results.push(result);
    print(reporter.result(result));
  }
  const levels = summarizeLevels(results, driver);
  print(reporter.end(levels.filter(({ level }) => options.levels?.includes(level) ?? true)));
  return { driver, results, levels };
}
