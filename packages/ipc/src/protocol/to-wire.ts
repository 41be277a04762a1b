import { StorageError, isStorageError } from '@outrigger/driver';
import type { FileInfo } from '@outrigger/driver';
import { ResponseError } from 'vscode-jsonrpc/node';
import type { z } from 'zod';
import { STORAGE_ERROR_NUMBERS } from './error-codes.js';
import { ErrorData } from './values.js';
import type { FileInfoValue } from './values.js';

/** A StorageError as a JSON-RPC error. Its cause stays behind: it may hold what is not for another process. */
export function toResponseError(error: StorageError): ResponseError<z.infer<typeof ErrorData>> {
  const { code, path, driver, offset, size, retryable } = error;
  return new ResponseError(STORAGE_ERROR_NUMBERS[code], error.detail, {
    code,
    path,
    driver,
    offset,
    size,
    retryable,
  });
}

/**
 * Any answered error as a StorageError. One that is not of the protocol's table is INTERNAL.
 *
 * @param redact - takes out of the driver's words what nobody else may see
 */
export function fromResponseError(
  error: unknown,
  redact: (text: string) => string = unchanged,
): StorageError {
  if (isStorageError(error)) return error;
  if (!(error instanceof ResponseError))
    return new StorageError('INTERNAL', 'a call failed', { cause: error });
  const data = ErrorData.safeParse(error.data);
  if (!data.success) {
    const code = error.code === METHOD_NOT_FOUND ? 'UNSUPPORTED' : 'INTERNAL';
    const message = redact(error.message);
    return new StorageError(code, `${message} (JSON-RPC error ${String(error.code)})`, {
      cause: new ResponseError(error.code, message, error.data),
    });
  }
  const { code, ...details } = data.data;
  return new StorageError(code, redact(error.message), details);
}

export function toFileInfoValue(info: FileInfo): z.infer<typeof FileInfoValue> {
  const { path, size, modTime, isDir, version } = info;
  return { path, size, modTime: modTime.getTime(), isDir, ...(version === undefined ? {} : { version }) };
}

export function fromFileInfoValue(value: z.infer<typeof FileInfoValue>): FileInfo {
  return { ...value, modTime: new Date(value.modTime) };
}

function unchanged(text: string): string {
  return text;
}

const METHOD_NOT_FOUND = -32601;
