import type { DriverHostOptions } from '@outrigger/host';
import { describeDriver } from '@outrigger/host';
import type { DataPlane } from '@outrigger/ipc/host';
import type { CaseResult, ReporterName, Summary } from '@outrigger/testsuite';
import { contractCases, createReporter, prepareContract, runCases, summarize } from '@outrigger/testsuite';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { openStore } from './open-store.js';
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

/** Planes of a run on one plane. Files are for reading: what is written then takes the socket. */
const PLANES = {
  inline: ['inline'],
  socket: ['socket'],
  file: ['file', 'socket'],
} as const satisfies Record<DataPlane, readonly DataPlane[]>;

/**
 * Runs every case against an executable, once for each data plane that it has.
 *
 * @throws CommandError, and what starting the driver throws
 */
export async function testDriver(options: TestDriverOptions): Promise<Summary> {
  const { driver, print } = options;
  const { description, name } = await describeDriver(driver, options.host);
  await using test = await withTemporaryPaths(parseParameters(options.json), description?.parameters);
  const reporter = createReporter(options.reporter);
  const results: CaseResult[] = [];
  for (const plane of await planesOf(options, test.parameters)) {
    const host = { ...options.host, dataPlanes: PLANES[plane] };
    await using store = await openStore({ ...host, driver, parameters: test.parameters });
    const prepare = prepareContract(store, { short: options.short });
    for await (const result of runCases(contractCases, prepare, `${name} (${plane})`)) {
      results.push(result);
      print(reporter.result(result));
    }
  }
  print(reporter.end());
  return summarize(results);
}

/** Those that driver and host agree on, the fallback first. */
async function planesOf(
  { driver, host, plane }: TestDriverOptions,
  parameters: Readonly<Record<string, unknown>>,
): Promise<readonly DataPlane[]> {
  await using store = await openStore({ ...host, driver, parameters });
  const { dataPlanes } = store.driver.status();
  if (plane === undefined) return [...dataPlanes].reverse();
  if (dataPlanes.includes(plane)) return [plane];
  throw new CommandError(
    `storage driver ${driver} does not have the plane ${plane}; it has ${dataPlanes.join(', ')}`,
    EXIT.usage,
  );
}
