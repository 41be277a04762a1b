import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ParameterIssue } from '@outrigger/driver';
import { InvalidParametersError } from '@outrigger/driver';
import { keyPrefixOf, log } from '@outrigger/object-store';
import type { ParameterNames, S3Config } from './config.js';
import { toStoreError } from './errors.js';
import { isBusy, isTransient, readFault } from './fault.js';
import type { Refusal } from './refusals.js';
import { refusalOf } from './refusals.js';

/** A store that gives no answer in this time is one that cannot be reached. A host waits 10 s for a driver. */
const CHECK_MS = 6_000;
const SKEW_MS = 5 * 60_000;

/**
 * Lists one key: what only a person can mend (wrong credentials, bucket, region) fails the start, in a line that names the parameter. A store
 * that cannot be reached does not: it comes back by itself, and requests fail until then.
 *
 * @throws InvalidParametersError
 */
export async function checkStart(client: S3Client, config: S3Config): Promise<void> {
  const command = new ListObjectsV2Command({
    Bucket: config.bucket,
    Prefix: keyPrefixOf(config.rootDirectory),
    MaxKeys: 1,
  });
  const signal = AbortSignal.timeout(CHECK_MS);
  try {
    await client.send(command, { abortSignal: signal });
    warnOfSkew(client);
  } catch (error) {
    const issue = issueOf(error, config);
    if (issue !== undefined) throw new InvalidParametersError(config.name, [issue]);
    const why = signal.aborted
      ? `nothing came for ${String(CHECK_MS / 1000)} s`
      : toStoreError(error, { permission: 'ListBucket' }).detail;
    log('warn', `the store did not answer at the start: ${why}`);
  }
}

/** Requests are signed with the store's time, but others that count on the clock may fail. */
function warnOfSkew({ config: { systemClockOffset } }: S3Client): void {
  if (Math.abs(systemClockOffset) < SKEW_MS) return;
  const minutes = Math.round(Math.abs(systemClockOffset) / 60_000);
  log('warn', `the clock of this machine differs from the clock of the store by ${String(minutes)} minutes`);
}

/** What a person has to mend. Undefined: it may pass by itself. */
function issueOf(error: unknown, { names }: S3Config): ParameterIssue | undefined {
  const fault = readFault(error);
  const refusal = refusalOf(fault, 'ListBucket');
  if (refusal !== undefined) return { key: keyOf(refusal, names), message: refusal.sentence };
  const { status = 0 } = fault;
  const isFinal = status >= 400 && status < 500 && !isBusy(error) && !isTransient(error);
  const { detail } = toStoreError(error, { permission: 'ListBucket' });
  return isFinal ? { key: '', message: detail } : undefined;
}

/** The parameter that a refusal is about; of the clock there is none. */
function keyOf({ about }: Refusal, names: ParameterNames): string {
  if (about === 'clock') return '';
  return about === 'bucket' ? 'bucket' : names[about];
}
