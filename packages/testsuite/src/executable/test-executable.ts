import type { Parameters } from '@outrigger/driver';
import type { DataPlane } from '@outrigger/ipc/host';
import { CaseSkipped } from '../case.js';
import { contractCases } from '../contract-cases.js';
import { type ContractOptions, prepareContract } from '../prepare-contract.js';
import { prepareProtocol } from '../protocol/prepare-protocol.js';
import { protocolCases } from '../protocol/protocol-cases.js';
import { type CaseResult, runCases } from '../run.js';
import { detectEphemeral } from './detect-ephemeral.js';
import { type ExecutableStoreOptions, openExecutableStore } from './executable-store.js';
import { type HostOptions, openExecutable } from './open-executable.js';

export interface TestExecutableOptions extends HostOptions, ContractOptions {
  /** Name of a driver, or, since it has a slash, the path of its executable. */
  readonly executable: string;
  /** Of a store that is empty. */
  readonly parameters: Parameters;
  /** Default: every plane that the driver speaks. */
  readonly planes?: readonly DataPlane[] | undefined;
  /** Default: found out. */
  readonly ephemeral?: boolean | undefined;
}

/**
 * Proves an executable in any language: the contract once per data plane, then the protocol. What `outrigger driver
 * test` does.
 *
 * @throws what `openDriver` throws when the driver does not start at all
 */
export async function* testExecutable(options: TestExecutableOptions): AsyncGenerator<CaseResult> {
  const { executable, parameters, environment, driverDirectories, log } = options;
  const target = { executable, parameters, environment, driverDirectories, log };
  const { name, file, planes } = await inspect(target);
  const ephemeral = options.ephemeral ?? (await detectEphemeral({ ...target, plane: 'inline' }));
  for (const plane of options.planes ?? planes) {
    yield* testPlane({ ...target, plane, ephemeral }, `${name} over ${plane}`, options);
  }
  const cleaner = await openExecutable({ ...target, plane: 'inline' });
  try {
    const prepare = prepareProtocol({ file, parameters, cleaner, environment, ephemeral });
    yield* runCases(protocolCases, prepare, `${name}, the protocol`);
  } finally {
    await cleaner.close();
  }
}

async function inspect(target: HostOptions & { executable: string; parameters: Parameters }) {
  const driver = await openExecutable({ ...target, plane: 'file' });
  const { name, realPath, dataPlanes } = driver.status();
  await driver.close();
  return { name, file: realPath, planes: [...dataPlanes].reverse() };
}

async function* testPlane(
  target: ExecutableStoreOptions,
  suite: string,
  options: ContractOptions,
): AsyncGenerator<CaseResult> {
  const store = await openExecutableStore(target).catch((error: unknown) => {
    if (error instanceof CaseSkipped) return error;
    throw error;
  });
  if (store instanceof CaseSkipped) {
    const promise = 'Data planes are agreed on in the handshake.';
    yield {
      suite,
      id: 'plane',
      name: 'data plane',
      promise,
      status: 'skipped',
      reason: store.message,
      durationMs: 0,
    };
    return;
  }
  try {
    yield* runCases(contractCases, prepareContract(store, options), suite);
  } finally {
    await store.close();
  }
}
