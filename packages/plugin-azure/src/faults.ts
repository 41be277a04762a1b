import { StorageError, cancelled, isStorageError } from '@outrigger/driver';
import { isRestError, type RestError } from '@azure/storage-blob';

/** What a call of the service has failed with, read once. */
export interface Fault {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** Azure's error code (`x-ms-error-code`), or that of the socket. */
  readonly code: string;
  /** How long the service asks to stay away, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** Undefined: it is no failure of the service. */
export function readFault(error: unknown): Fault | undefined {
  if (!isRestError(error)) return undefined;
  return { status: error.statusCode, code: readCode(error), retryAfterMs: readRetryAfter(error) };
}

/** The blob is absent, the container is there. */
export function isAbsent(error: unknown): boolean {
  const fault = readFault(error);
  return fault?.status === 404 && !ACCOUNT_FAULTS.has(fault.code);
}

/** @param codes - of Azure */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const fault = readFault(error);
  return fault !== undefined && codes.includes(fault.code);
}

export function hasStatus(error: unknown, status: number): boolean {
  return readFault(error)?.status === status;
}

/** The same request may succeed a little later. https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes */
export function isTransient({ status, code }: Fault): boolean {
  if (status === undefined) return !LASTING_NETWORK_FAULTS.has(code);
  return status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504);
}

/**
 * Any thrown thing as a StorageError, in words that a reader of the log can act on. No text of the service and no URL gets into it: both
 * may hold a signature.
 */
export function toStoreError(error: unknown, key: string, signal?: AbortSignal): StorageError {
  if (isStorageError(error)) return error;
  if (signal?.aborted) return cancelled(key, signal.reason);
  const fault = readFault(error);
  if (fault !== undefined) return fromFault(fault, error);
  if (error instanceof Error && IDENTITY_FAULTS.has(error.name)) return fromIdentity(error);
  return new StorageError('INTERNAL', error instanceof Error ? error.message : 'a failure without words', {
    cause: error,
  });
}

/** 404 of these is no absence of a blob. */
const ACCOUNT_FAULTS = new Set(['ContainerNotFound', 'ContainerBeingDeleted', 'AccountNotFound']);

const LASTING_NETWORK_FAULTS = new Set([
  'ENOTFOUND',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const IDENTITY_FAULTS = new Set([
  'AuthenticationError',
  'AggregateAuthenticationError',
  'CredentialUnavailableError',
  'AuthenticationRequiredError',
]);

/** What to do about the refusals that an operator can mend. */
const REMEDIES: Readonly<Record<string, string>> = {
  AuthenticationFailed:
    'the account refuses the credentials: check accountkey or credentials, and the clock of this machine',
  InvalidAuthenticationInfo:
    'the account refuses the credentials: check accountkey or credentials, and the clock of this machine',
  AuthorizationPermissionMismatch:
    'the identity lacks a role on the container: Storage Blob Data Contributor',
  AuthorizationFailure:
    'the account refuses the credentials or this machine: check accountkey or credentials, and the network rules of the account',
  AuthorizationServiceMismatch: 'the credentials are not for the blob service',
  KeyBasedAuthenticationNotPermitted:
    'the account does not allow keys: use client_secret or default_credentials',
  InsufficientAccountPermissions: 'the account does not allow this: it may be read-only or disabled',
  AccountIsDisabled: 'the account is disabled',
  ContainerNotFound: 'the container does not exist in the account: check container and accountname',
  ContainerBeingDeleted: 'the container is being deleted',
  PublicAccessNotPermitted: 'the account refuses anonymous access: check credentials',
  BlobImmutableDueToPolicy: 'the container forbids changes (an immutability policy)',
  LeaseIdMissing: 'the blob is leased by somebody else',
  BlobArchived: 'the blob is in the archive tier: it has to be brought back before it can be read',
};

function fromFault(fault: Fault, error: unknown): StorageError {
  const { status, code } = fault;
  const reason = new Error(
    `Azure answered ${status === undefined ? 'nothing' : String(status)}${code === '' ? '' : ` ${code}`}`,
  );
  if (status === undefined)
    return new StorageError('UNAVAILABLE', toNetworkWords(error, code), { cause: reason });
  const name = code === '' ? `status ${String(status)}` : `${String(status)} ${code}`;
  const remedy = REMEDIES[code];
  if (remedy !== undefined)
    return new StorageError('UNAVAILABLE', `${remedy} (${name})`, { retryable: false, cause: reason });
  if (status === 507 || /quota|InsufficientStorage/i.test(code))
    return new StorageError('QUOTA_EXCEEDED', `the account is full (${name})`, { cause: reason });
  if (status === 401 || status === 403)
    return new StorageError('UNAVAILABLE', `the account refuses this request (${name})`, {
      retryable: false,
      cause: reason,
    });
  if (isTransient(fault))
    return new StorageError('UNAVAILABLE', `the service is busy or out of order (${name})`, {
      cause: reason,
    });
  return new StorageError('INTERNAL', `unexpected answer of the service: ${name}`, { cause: reason });
}

function toNetworkWords(error: unknown, code: string): string {
  const host =
    isRestError(error) && error.request !== undefined && URL.canParse(error.request.url)
      ? new URL(error.request.url).host
      : 'the service';
  const hint =
    code === 'ENOTFOUND'
      ? ': check accountname, realm and serviceurl'
      : code.includes('CERT')
        ? ': check serviceurl and the certificates'
        : '';
  return `cannot reach ${host} (${code === '' ? 'no answer' : code})${hint}`;
}

/** The first line says what is wrong; the rest is trace ids. */
function fromIdentity(error: Error): StorageError {
  const [line = ''] = error.message.split('\n');
  const described = /AADSTS\d+: [^\n]{1,200}/.exec(error.message)?.[0] ?? line.slice(0, 300);
  return new StorageError('UNAVAILABLE', `cannot sign in to Azure: check credentials (${described})`, {
    retryable: false,
    cause: new Error(`${error.name}: ${described}`),
  });
}

function readCode(error: RestError): string {
  const header = error.response?.headers.get('x-ms-error-code');
  const details = error.details;
  const inner =
    typeof details === 'object' && details !== null && 'errorCode' in details ? details.errorCode : undefined;
  const cause = error.cause instanceof Error && 'code' in error.cause ? error.cause.code : undefined;
  for (const each of [header, inner, cause, error.code])
    if (typeof each === 'string' && each !== '') return each;
  return '';
}

function readRetryAfter({ response }: RestError): number | undefined {
  const milliseconds =
    response?.headers.get('retry-after-ms') ?? response?.headers.get('x-ms-retry-after-ms');
  if (milliseconds !== undefined && /^\d+$/.test(milliseconds)) return Number(milliseconds);
  const seconds = response?.headers.get('retry-after');
  return seconds !== undefined && /^\d+$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}
