import { isDeepStrictEqual } from 'node:util';
import { countRepositories, findExtras, storeSink, storeSource } from '@outrigger/registry';
import type { Config } from '../config/config.js';
import { loadConfig } from '../config/load-config.js';
import type { Environment } from '../config/overrides.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { openStore, withLog } from '../transfer/open-store.js';
import { createTransferReport } from '../transfer/report.js';
import type { TransferFlags } from '../transfer/run-transfer.js';
import { refuseFailures, runTransfer } from '../transfer/run-transfer.js';

/**
 * Copies all that the store of one configuration has into that of another one: whatever drivers and layouts they have.
 *
 * @throws CommandError
 */
export async function runMigrate(fromFile: string, toFile: string, flags: TransferFlags): Promise<void> {
  const environment = withoutOverrides(process.env);
  const from = (await loadConfig(fromFile, environment)).config;
  const to = (await loadConfig(toFile, environment)).config;
  if (isSame(from, to)) throw new CommandError('both configurations name the same store', EXIT.usage);
  await withLog(to, async ({ log, closing }) => {
    const source = await openStore(from, { writes: false, log, environment, closing });
    const sink = await openStore(to, { writes: !flags.dryRun, log, environment, closing });
    const report = createTransferReport(flags, true);
    if (report.hasBar) report.expect(await countRepositories(source));
    const transferred = await runTransfer({
      source: storeSource(source),
      sink: storeSink(sink),
      flags,
      manifestLimit: Infinity,
      takesOld: true,
      report,
    });
    await findExtras(source, sink, report.onExtra);
    report.summary(transferred);
    refuseFailures(transferred);
  });
}

/** There are two configurations: what overrides one of them would override the other. */
function withoutOverrides(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('REGISTRY_')));
}

function isSame({ storage: from }: Config, { storage: to }: Config): boolean {
  return from.driver === to.driver && isDeepStrictEqual(from.parameters, to.parameters);
}
