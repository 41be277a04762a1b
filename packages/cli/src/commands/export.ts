import { stat } from 'node:fs/promises';
import type { LayoutTarget, Selection, TransferSink } from '@outrigger/registry';
import {
  directoryTarget,
  isRegistryError,
  layoutSink,
  parseSelection,
  selectionSource,
  tarTarget,
} from '@outrigger/registry';
import { loadConfig } from '../config/load-config.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { openStore, withLog } from '../transfer/open-store.js';
import { createTransferReport } from '../transfer/report.js';
import type { TransferFlags } from '../transfer/run-transfer.js';
import { refuseFailures, runTransfer } from '../transfer/run-transfer.js';

/**
 * Writes repositories of the store that a configuration names as OCI image layouts.
 *
 * @param reference - `name`, `name:tag`, `name@digest`, or a pattern of names
 * @param path - a directory, or an archive where it ends in `.tar`
 * @throws CommandError
 */
export async function runExport(
  reference: string,
  path: string,
  file: string | undefined,
  flags: TransferFlags,
): Promise<void> {
  const selection = select(reference);
  const isTree = 'pattern' in selection && selection.pattern.includes('*');
  const isTar = /\.tar$/i.test(path) && !(await isDirectory(path));
  if (isTree && isTar)
    throw new CommandError(
      'a pattern is exported to a directory: an archive holds one repository',
      EXIT.usage,
    );
  const { config } = await loadConfig(file, process.env);
  await withLog(config, async ({ log, closing }) => {
    // What it learns of referrers it files, as a registry does that is asked for them: in a dry run too.
    const store = await openStore(config, { writes: true, log, environment: process.env, closing });
    const target = isTar ? await openTar(path) : directoryTarget(path);
    closing.add('target', () => target.close());
    const report = createTransferReport(flags);
    if (!isTree) report.expect(1);
    const transferred = await runTransfer({
      source: selectionSource(store, selection),
      sink: sinkOf(target, isTree),
      flags,
      manifestLimit: Infinity,
      takesOld: false,
      report,
    });
    if (transferred.counts.repositories === 0)
      throw new CommandError(`the store has no repository ${reference}`, EXIT.failed);
    // An archive that lacks something gets no name.
    if (isTar) refuseFailures(transferred);
    if (!flags.dryRun) await target.finish();
    report.summary(transferred);
    refuseFailures(transferred);
  });
}

function sinkOf(target: LayoutTarget, isTree: boolean): TransferSink {
  return layoutSink(target, isTree ? (name) => name : () => '');
}

function select(reference: string): Selection {
  try {
    return parseSelection(reference);
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    throw new CommandError(
      `${JSON.stringify(reference)} names nothing that a registry could have: ${error.message}`,
      EXIT.usage,
      error,
    );
  }
}

async function openTar(path: string): Promise<LayoutTarget> {
  try {
    return await tarTarget(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CommandError(`${path} cannot be written: ${code}`, EXIT.failed, error);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
