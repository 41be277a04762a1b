import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Files, PlannedLayout } from '@outrigger/registry';
import {
  UnfitNamesError,
  UnreadableSourceError,
  directoryFiles,
  layoutSource,
  planNames,
  storeSink,
  tarFiles,
} from '@outrigger/registry';
import { loadConfig } from '../config/load-config.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { openStore, withLog } from '../transfer/open-store.js';
import { createTransferReport } from '../transfer/report.js';
import type { TransferFlags } from '../transfer/run-transfer.js';
import { refuseFailures, runTransfer } from '../transfer/run-transfer.js';

export interface ImportFlags extends TransferFlags {
  /** `name`, `name:tag` or, of a tree, what comes before the names. */
  readonly to?: string | undefined;
  readonly map: ReadonlyMap<string, string>;
}

/**
 * Brings layouts into the store that a configuration names.
 *
 * @throws CommandError
 */
export async function runImport(path: string, file: string | undefined, flags: ImportFlags): Promise<void> {
  const { config } = await loadConfig(file, process.env);
  const files = await orRefuse(openFiles(path));
  try {
    const planned = await orRefuse(plan(path, files, flags));
    await withLog(config, async ({ log, closing }) => {
      const store = await openStore(config, {
        writes: !flags.dryRun,
        log,
        environment: process.env,
        closing,
      });
      const report = createTransferReport(flags);
      report.expect(planned.length);
      const transferred = await runTransfer({
        source: layoutSource(files, planned),
        sink: storeSink(store),
        flags,
        manifestLimit: config.limits.manifestSize,
        takesOld: false,
        report,
      });
      report.summary(transferred);
      refuseFailures(transferred);
    });
  } finally {
    await files.close();
  }
}

/** A directory, or else an archive. */
async function openFiles(path: string): Promise<Files> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new UnreadableSourceError(`there is no ${path}`);
  if (info.isDirectory()) return directoryFiles(path);
  return tarFiles(path);
}

async function plan(path: string, files: Files, { to, map }: ImportFlags): Promise<PlannedLayout[]> {
  const layouts = await files.layouts();
  if (layouts.length === 0) throw new UnreadableSourceError(`${path}: ${NO_LAYOUT}`);
  const { name, tag } = divide(to);
  if (tag !== undefined && layouts.length > 1)
    throw new UnfitNamesError(`--to has a tag, and there are ${String(layouts.length)} layouts`);
  const topName = basename(path).replace(/\.tar$/i, '');
  return planNames({ layouts, topName, to: name, tag, map });
}

const NO_LAYOUT =
  'there is no OCI image layout in it, which is a directory with a file oci-layout. What `docker save` of old wrote is made into one by ' +
  '`skopeo copy docker-archive:<file> oci-archive:<file>`';

function divide(to: string | undefined): { name?: string; tag?: string } {
  if (to === undefined) return {};
  const colon = to.indexOf(':');
  return colon === -1 ? { name: to } : { name: to.slice(0, colon), tag: to.slice(colon + 1) };
}

async function orRefuse<T>(task: Promise<T>): Promise<T> {
  try {
    return await task;
  } catch (error) {
    if (error instanceof UnfitNamesError)
      throw new CommandError(`nothing was imported:\n${error.message}`, EXIT.usage, error);
    if (error instanceof UnreadableSourceError) throw new CommandError(error.message, EXIT.failed, error);
    throw error;
  }
}
