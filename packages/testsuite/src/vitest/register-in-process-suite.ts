import { checkDriver, type StorageDriver } from '@outrigger/driver';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { CaseContext } from '../case.js';
import { contractCases } from '../contract-cases.js';
import { type ContractOptions, prepareContract } from '../prepare-contract.js';
import type { Prepare } from '../run.js';
import { registerCases } from './register-cases.js';

export interface InProcessSuiteOptions extends ContractOptions {
  /** Makes the driver on an empty store; called once. */
  create(): Promise<StorageDriver>;
  /** Makes another instance on the same store. Left out: the cases that need one are skipped. */
  reopen?(): Promise<StorageDriver>;
  /** After the driver was closed. */
  teardown?(): Promise<void>;
  /** A reason for which nothing can be tested here, such as a server that is not there. */
  skipCheck?(): string | undefined;
}

/** Proves a driver in this process against the contract: one test a case. */
export function registerInProcessSuite(name: string, options: InProcessSuiteOptions): void {
  describe(name, () => {
    const reason = options.skipCheck?.();
    if (reason !== undefined) {
      it.skip(reason, () => undefined);
      return;
    }
    let driver: StorageDriver | undefined;
    let prepare: Prepare<CaseContext> = () => Promise.reject(new Error('the driver could not be made'));
    beforeAll(async () => {
      driver = checkDriver(await options.create());
      const reopen = options.reopen?.bind(options);
      prepare = prepareContract(
        { driver, reopen: reopen && (async () => checkDriver(await reopen())) },
        options,
      );
    });
    afterAll(async () => {
      await driver?.close();
      await options.teardown?.();
    });
    registerCases(contractCases, name, () => prepare);
  });
}
