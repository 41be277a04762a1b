/** What is known of an error of the SDK, or of the system below it. */
export interface Fault {
  /** The store's word for it (`NoSuchKey`), or the system's (`ECONNRESET`); empty where there is none. */
  readonly code: string;
  readonly message: string;
  /** Undefined: there was no answer. */
  readonly status: number | undefined;
  /** In which the bucket lies, where the store says so. */
  readonly region: string | undefined;
  readonly requestId: string | undefined;
}

/** Reads an error as it came. HEAD has no body, so its errors have a status and no code. */
export function readFault(error: unknown): Fault {
  if (!(error instanceof Error)) return { ...UNKNOWN, message: 'an unknown error' };
  const metadata = field(error, '$metadata');
  const headers = field(field(error, '$response'), 'headers');
  return {
    code: textOf(error, 'Code') ?? codeOf(error),
    message: error.message,
    status: numberOf(metadata, 'httpStatusCode'),
    region: textOf(error, 'Region') ?? textOf(headers, 'x-amz-bucket-region'),
    requestId: textOf(metadata, 'requestId'),
  };
}

/** The store asks for less. */
export function isBusy(error: unknown): boolean {
  const { code, status } = readFault(error);
  return status === 429 || BUSY.has(code);
}

/** Another try may succeed: there was no whole answer, or one that speaks of a fault of the store. */
export function isTransient(error: unknown): boolean {
  const { code, status } = readFault(error);
  return TRANSIENT.has(code) || (status !== undefined && status >= 500 && status !== 501);
}

const UNKNOWN: Fault = { code: '', message: '', status: undefined, region: undefined, requestId: undefined };

const BUSY = new Set([
  'SlowDown',
  'TooManyRequests',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'ServerBusy',
  'SlowDownRead',
  'SlowDownWrite',
]);

const TRANSIENT = new Set([
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'OperationAborted',
  // Of versitygw over a filesystem: another request has removed the directory meanwhile, which was empty.
  'ExistingObjectIsDirectory',
  'TimeoutError',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Node says `code`, the SDK `name`. An AggregateError (both addresses of a host) holds its errors inside. */
function codeOf(error: Error): string {
  const code = textOf(error, 'code');
  if (code !== undefined) return code;
  const inner = field(error, 'errors');
  const first: unknown = Array.isArray(inner) ? inner[0] : undefined;
  const word = textOf(first, 'code') ?? error.name;
  // An answer that is no XML, of a proxy for example, has no code.
  return word === 'Error' || word === 'SyntaxError' ? '' : word;
}

function field(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null && name in holder
    ? Reflect.get(holder, name)
    : undefined;
}

function textOf(holder: unknown, name: string): string | undefined {
  const value = field(holder, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(holder: unknown, name: string): number | undefined {
  const value = field(holder, name);
  return typeof value === 'number' ? value : undefined;
}
