import { StorageError, cancelled, isStorageError } from '@outrigger/driver';
import type { Fault } from './fault.js';
import { isBusy, isTransient, readFault } from './fault.js';
import type { Refusal } from './refusals.js';
import { refusalOf } from './refusals.js';

/** A request, as errors and the log speak of it. */
export interface S3Action {
  /** Of the permission that it needs, without `s3:`. */
  readonly permission: string;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Any error of a request as the driver's own, in plain words. */
export function toStoreError(error: unknown, action: S3Action): StorageError {
  if (isStorageError(error)) return error;
  const { signal, key = '' } = action;
  if (signal?.aborted) return cancelled(key, error);
  const fault = readFault(error);
  const refusal = refusalOf(fault, action.permission);
  if (refusal !== undefined) return refused(refusal, fault);
  const what = isBusy(error)
    ? `the store is too busy (${fault.code})`
    : isTransient(error)
      ? unreachable(fault)
      : `the store answered s3:${action.permission} with ${describe(fault)}`;
  const retryable = isBusy(error) || isTransient(error);
  return new StorageError('UNAVAILABLE', what, { retryable, cause: toCause(fault) });
}

function refused({ code = 'UNAVAILABLE', sentence }: Refusal, fault: Fault): StorageError {
  return new StorageError(code, sentence, { retryable: false, cause: toCause(fault) });
}

function unreachable(fault: Fault): string {
  return fault.status === undefined
    ? `the store cannot be reached (${fault.code})`
    : `the store has a fault of its own (${describe(fault)})`;
}

function describe({ code, status }: Fault): string {
  if (status === undefined) return code;
  return code === '' || code === String(status) ? String(status) : `${String(status)} ${code}`;
}

/** The SDK's errors carry the whole answer, and the request with its signature: the cause keeps what the store said, and no more. */
function toCause({ code, message, requestId }: Fault): Error {
  const id = requestId === undefined ? '' : ` (request ${requestId})`;
  return new Error(`${code}: ${message.slice(0, MAX_MESSAGE)}${id}`);
}

const MAX_MESSAGE = 500;
