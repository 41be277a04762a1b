import { listAll, type StorageDriver } from '@outrigger/driver';
import { CaseSkipped, type CapabilityName, type CaseContext, type ConformanceCase } from './case.js';
import { LeftoversError, type Prepare } from './run.js';
import { createScratch } from './scratch.js';

/** A store under test, empty when the suite begins. */
export interface Store {
  /** Behind `checkDriver`. */
  readonly driver: StorageDriver;
  /** Another instance on the same store, behind `checkDriver`; the suite closes it. */
  readonly reopen?: (() => Promise<StorageDriver>) | undefined;
}

export interface ContractOptions {
  /** Default: unless the environment says OUTRIGGER_TEST=full. */
  readonly short?: boolean;
  /** Chooses names and contents. Default: OUTRIGGER_TEST_SEED of the environment, otherwise random. */
  readonly seed?: number;
}

/** Gives every case of the contract its scratch, and looks afterwards that the store is empty again. */
export function prepareContract(store: Store, options: ContractOptions = {}): Prepare<CaseContext> {
  const { short = process.env.OUTRIGGER_TEST !== 'full', seed = defaultSeed() } = options;
  let isFirst = true;
  return async (test, signal) => {
    requireCapabilities(test, store.driver);
    const scratch = createScratch(seed ^ checksum(test.id));
    const others: StorageDriver[] = [];
    const { reopen } = store;
    const context: CaseContext = {
      driver: store.driver,
      short,
      scratch,
      signal,
      reopen:
        reopen &&
        (async () => {
          const other = await reopen();
          others.push(other);
          return other;
        }),
    };
    const finish = async () => {
      for (const other of others) await other.close();
      await scratch.cleanUp(store.driver);
      await expectEmpty(store.driver);
    };
    if (isFirst) await expectEmpty(store.driver);
    isFirst = false;
    return { context, finish, note: () => `OUTRIGGER_TEST_SEED=${String(seed)}` };
  };
}

function defaultSeed(): number {
  const given = Number.parseInt(process.env.OUTRIGGER_TEST_SEED ?? '', 10);
  return Number.isNaN(given) ? Math.floor(Math.random() * 2 ** 31) : given;
}

/** A case has the same names and contents whatever runs before it. */
function checksum(text: string): number {
  return Buffer.from(text).reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
}

function requireCapabilities(test: ConformanceCase, driver: StorageDriver): void {
  const missing = (test.requires ?? []).filter((name: CapabilityName) => driver.capabilities[name] !== true);
  if (missing.length > 0) throw new CaseSkipped(`the driver does not declare ${missing.join(', ')}`);
}

async function expectEmpty(driver: StorageDriver): Promise<void> {
  const leftovers: string[] = [];
  for await (const entry of listAll(driver, '/')) leftovers.push(entry.path);
  if (leftovers.length > 0) throw new LeftoversError(leftovers);
}
