import type { TransferSink, TransferSource, Transferred } from '@outrigger/registry';
import { UnreadableSourceError, isRegistryError, transfer } from '@outrigger/registry';
import { isStorageError } from '@outrigger/driver';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import type { ReportFlags, TransferReport } from './report.js';

export interface TransferFlags extends ReportFlags {
  /** Contents at a time. */
  readonly parallel: number;
}

export interface TransferRun {
  readonly source: TransferSource;
  readonly sink: TransferSink;
  readonly flags: TransferFlags;
  readonly manifestLimit: number;
  /** See `ManifestLimits`. */
  readonly takesOld: boolean;
  readonly report: TransferReport;
}

/** @throws CommandError it broke off */
export async function runTransfer({ flags, report, ...options }: TransferRun): Promise<Transferred> {
  const { dryRun, parallel } = flags;
  try {
    return await transfer({ ...options, dryRun, parallel, listener: report.listener });
  } catch (error) {
    throw brokenOff(error);
  } finally {
    report.end();
  }
}

/** Says what an error that ended everything means; what is a fault of the program stays as it is. */
function brokenOff(error: unknown): unknown {
  if (isRegistryError(error) || error instanceof UnreadableSourceError)
    return new CommandError(error.message, EXIT.failed, error);
  if (!isStorageError(error)) return error;
  const message = `it broke off: ${error.message}: what was copied is whole, and another run goes on from there`;
  return new CommandError(message, EXIT.failed, error);
}

/** @throws CommandError when anything was not copied */
export function refuseFailures({ failures }: Transferred): void {
  if (failures === 0) return;
  const things = failures === 1 ? 'one thing' : `${String(failures)} things`;
  throw new CommandError(`${things} could not be copied, all else was`, EXIT.failed);
}
