import { CAPABILITY_NAMES, type Parameters } from '@outrigger/driver';
import type { DataPlane } from '@outrigger/ipc/host';
import { CaseSkipped, type ConformanceCase } from '../case.js';
import { contractCases } from '../contract-cases.js';
import { LEVEL_NAMES, type LevelName, levelsOf, planesOf } from '../level-names.js';
import type { TestedDriver } from '../levels.js';
import { type ContractOptions, prepareContract } from '../prepare-contract.js';
import { prepareProtocol } from '../protocol/prepare-protocol.js';
import { protocolCases } from '../protocol/protocol-cases.js';
import { type CaseResult, runCases } from '../run.js';
import { detectEphemeral } from './detect-ephemeral.js';
import { explainResult } from './explain-result.js';
import { type ExecutableStoreOptions, openExecutableStore } from './executable-store.js';
import { type HostOptions, openExecutable } from './open-executable.js';

export interface TestExecutableOptions extends HostOptions, ContractOptions {
  /** Name of a driver, or, since it has a slash, the path of its executable. */
  readonly executable: string;
  /** Of a store that is empty. */
  readonly parameters: Parameters;
  /** Default: every plane that the driver speaks. */
  readonly planes?: readonly DataPlane[] | undefined;
  /** Only the cases of these levels. Default: all cases. */
  readonly levels?: readonly LevelName[] | undefined;
  /** Default: found out. */
  readonly ephemeral?: boolean | undefined;
}

/** A test that has begun: what the driver said of itself, and the results as they come. */
export interface ExecutableTest {
  readonly driver: TestedDriver;
  readonly results: AsyncGenerator<CaseResult>;
}

/**
 * Proves an executable in any language: the contract once per data plane, then the protocol. What `outrigger driver
 * test` does.
 *
 * @throws what `openDriver` throws when the driver does not start at all
 */
export async function testExecutable(options: TestExecutableOptions): Promise<ExecutableTest> {
  const { file, ...declared } = await inspect(options);
  const wanted = options.planes ?? planesOf(options.levels ?? LEVEL_NAMES, declared.dataPlanes);
  const driver = { ...declared, testedPlanes: wanted };
  return { driver, results: runAll(options, driver, file) };
}

async function inspect(options: TestExecutableOptions) {
  const driver = await openExecutable({ ...hostOf(options), plane: 'file' });
  const { name, version, realPath, dataPlanes } = driver.status();
  const capabilities = CAPABILITY_NAMES.filter((each) => driver.capabilities[each] === true);
  await driver.close();
  return { name, version, file: realPath, dataPlanes: [...dataPlanes].reverse(), capabilities };
}

function hostOf({ executable, parameters, environment, driverDirectories, log }: TestExecutableOptions) {
  return { executable, parameters, environment, driverDirectories, log };
}

async function* runAll(
  options: TestExecutableOptions,
  { name, testedPlanes }: TestedDriver,
  file: string,
): AsyncGenerator<CaseResult> {
  const target = hostOf(options);
  const ephemeral = options.ephemeral ?? (await detectEphemeral({ ...target, plane: 'inline' }));
  for (const plane of testedPlanes)
    yield* testPlane({ ...target, plane, ephemeral }, `${name} over ${plane}`, options);
  const cleaner = await openExecutable({ ...target, plane: 'inline' });
  try {
    const prepare = prepareProtocol({ ...target, file, cleaner, ephemeral, explainResult });
    yield* runCases(ofLevels(protocolCases, options.levels), prepare, `${name}, the protocol`);
  } finally {
    await cleaner.close();
  }
}

async function* testPlane(
  target: ExecutableStoreOptions,
  suite: string,
  options: TestExecutableOptions,
): AsyncGenerator<CaseResult> {
  const store = await openExecutableStore(target).catch((error: unknown) => {
    if (error instanceof CaseSkipped) return error;
    throw error;
  });
  if (store instanceof CaseSkipped) {
    yield { ...noPlane(target.plane), suite, reason: store.message };
    return;
  }
  try {
    const cases = ofLevels(contractCases, options.levels, target.plane);
    yield* runCases(cases, prepareContract(store, options), suite, target.plane);
  } finally {
    await store.close();
  }
}

function noPlane(plane: DataPlane): Omit<CaseResult, 'suite'> {
  const promise = 'Data planes are agreed on in the handshake.';
  const levels = levelsOf({}, plane);
  return { id: 'plane', name: 'data plane', promise, levels, status: 'skipped', durationMs: 0 };
}

function ofLevels<Context>(
  cases: readonly ConformanceCase<Context>[],
  levels: readonly LevelName[] = LEVEL_NAMES,
  plane?: DataPlane,
): readonly ConformanceCase<Context>[] {
  return cases.filter((each) => levelsOf(each, plane).some((level) => levels.includes(level)));
}
