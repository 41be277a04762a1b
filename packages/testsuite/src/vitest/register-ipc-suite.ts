import type { Parameters } from '@outrigger/driver';
import type { DataPlane } from '@outrigger/ipc/host';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type CaseContext, CaseSkipped, type ConformanceCase } from '../case.js';
import { contractCases } from '../contract-cases.js';
import { explainResult } from '../executable/explain-result.js';
import { type ExecutableStore, openExecutableStore } from '../executable/executable-store.js';
import type { HostOptions } from '../executable/open-executable.js';
import { type ContractOptions, prepareContract } from '../prepare-contract.js';
import { prepareProtocol } from '../protocol/prepare-protocol.js';
import { protocolCases } from '../protocol/protocol-cases.js';
import type { ProtocolContext } from '../protocol/protocol-context.js';
import type { Prepare } from '../run.js';
import { registerCases } from './register-cases.js';

export interface IpcSuiteOptions extends HostOptions, ContractOptions {
  /** Name of a driver, or, since it has a slash, the path of its executable. */
  readonly executable: string;
  /** Parameters of an empty store; called once for each plane and once for the protocol. */
  parameters(): Promise<Parameters> | Parameters;
  /** Default: inline, socket and file; what the driver does not speak is skipped. */
  readonly planes?: readonly DataPlane[];
  /** Nothing outlives the process: what a second process would have to see is skipped. */
  readonly ephemeral?: boolean;
  /** After the driver was closed, with the parameters that it had. */
  teardown?(parameters: Parameters): Promise<void>;
  /** A reason for which nothing can be tested here, such as a server that is not there. */
  skipCheck?(): string | undefined;
}

/** Proves a driver in its own process: the contract once per data plane, then the protocol; one test a case. */
export function registerIpcSuite(name: string, options: IpcSuiteOptions): void {
  const { planes = ['inline', 'socket', 'file'] } = options;
  const reason = options.skipCheck?.();
  if (reason !== undefined) {
    describe(name, () => {
      it.skip(reason, () => undefined);
    });
    return;
  }
  for (const plane of planes) {
    register(
      `${name} over ${plane}`,
      options,
      contractCases,
      async (store) => prepareContract(store, options),
      plane,
    );
  }
  const { environment, ephemeral } = options;
  const prepare = async ({ file, driver }: ExecutableStore, parameters: Parameters) =>
    prepareProtocol({ file, parameters, cleaner: driver, environment, ephemeral, explainResult });
  register(`${name}, the protocol`, options, protocolCases, prepare, 'inline');
}

type Make<Context> = (store: ExecutableStore, parameters: Parameters) => Promise<Prepare<Context>>;

function register<Context extends CaseContext | ProtocolContext>(
  title: string,
  options: IpcSuiteOptions,
  cases: readonly ConformanceCase<Context>[],
  make: Make<Context>,
  plane: DataPlane,
): void {
  describe(title, () => {
    let parameters: Parameters = {};
    let store: ExecutableStore | undefined;
    let prepare: Prepare<Context> = () => Promise.reject(new Error('the driver did not start'));
    beforeAll(async () => {
      parameters = await options.parameters();
      try {
        store = await openExecutableStore({ ...options, parameters, plane });
        prepare = await make(store, parameters);
      } catch (error) {
        if (!(error instanceof CaseSkipped)) throw error;
        prepare = () => Promise.reject(error);
      }
    });
    afterAll(async () => {
      await store?.close();
      await options.teardown?.(parameters);
    });
    registerCases(cases, title, () => prepare);
  });
}
