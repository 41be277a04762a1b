import type { StorageErrorCode } from '@outrigger/driver';
import type { Fault } from './fault.js';

/** An answer of a store that a person has to do something about. */
export interface Refusal {
  /** Default UNAVAILABLE. */
  readonly code?: StorageErrorCode;
  /** Which parameter it is about. */
  readonly about: 'bucket' | 'region' | 'accessKey' | 'secretKey' | 'encryptionKey' | 'endpoint' | 'clock';
  readonly sentence: string;
}

/** What a person has to know of a fault; undefined: it may pass, or nothing is known of it. */
export function refusalOf(fault: Fault, permission: string): Refusal | undefined {
  const { code, status, region } = fault;
  if (
    code === 'PermanentRedirect' ||
    (code === 'AuthorizationHeaderMalformed' && region !== undefined) ||
    status === 301
  )
    return { about: 'region', sentence: otherRegion(region) };
  const known = KNOWN.find(({ codes }) => codes.includes(code));
  if (known !== undefined) return known;
  if (code.startsWith('KMS.'))
    return { about: 'encryptionKey', sentence: `the store cannot use the KMS key (${code})` };
  if (isCertificateError(code))
    return { about: 'endpoint', sentence: `the certificate of the store is not trusted (${code})` };
  if (status === 403 || status === 401)
    return {
      about: 'bucket',
      sentence: `the store does not allow it: s3:${permission} is missing (${code})`,
    };
  return undefined;
}

interface Known extends Refusal {
  readonly codes: readonly string[];
}

const KNOWN: readonly Known[] = [
  { codes: ['NoSuchBucket'], about: 'bucket', sentence: 'there is no such bucket' },
  { codes: ['InvalidBucketName'], about: 'bucket', sentence: 'the store takes this for no name of a bucket' },
  {
    codes: ['AuthorizationHeaderMalformed', 'IllegalLocationConstraintException', 'InvalidRegion'],
    about: 'region',
    sentence: 'the store has another region than the one that is configured',
  },
  {
    // The last is versitygw's.
    codes: [
      'InvalidAccessKeyId',
      'InvalidClientTokenId',
      'UnrecognizedClientException',
      'XAdminUserNotFound',
    ],
    about: 'accessKey',
    sentence: 'the store does not know this access key',
  },
  {
    codes: ['SignatureDoesNotMatch'],
    about: 'secretKey',
    sentence: 'the secret key does not belong to the access key',
  },
  {
    codes: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired'],
    about: 'accessKey',
    sentence: 'the temporary credentials have expired',
  },
  {
    codes: ['InvalidToken'],
    about: 'accessKey',
    sentence: 'the store refuses the session token of the credentials',
  },
  {
    codes: ['CredentialsProviderError', 'TokenProviderError'],
    about: 'accessKey',
    sentence:
      'there are no credentials: neither parameters, nor any that the chain of the AWS SDK finds (environment, profile, web identity, container, instance)',
  },
  {
    codes: ['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'],
    about: 'clock',
    sentence: 'the clock of this machine differs from the clock of the store by more than the store accepts',
  },
  {
    codes: ['AccountProblem', 'NotSignedUp', 'AllAccessDisabled', 'UserSuspended'],
    about: 'accessKey',
    sentence: 'the store has shut off this account',
  },
  {
    codes: [
      'QuotaExceeded',
      'XMinioStorageFull',
      'XMinioAdminBucketQuotaExceeded',
      'InsufficientStorage',
      'StorageFull',
    ],
    about: 'bucket',
    code: 'QUOTA_EXCEEDED',
    sentence: 'the store is full, or a quota of it is',
  },
  {
    // Somebody aborted it: a sweep, or a lifecycle rule of the bucket.
    codes: ['NoSuchUpload'],
    about: 'bucket',
    sentence: 'the store no longer has the parts of this upload',
  },
  {
    codes: ['InvalidObjectState'],
    about: 'bucket',
    sentence: 'the object was moved into an archive, from where it cannot be read',
  },
];

function otherRegion(region: string | undefined): string {
  return region === undefined
    ? 'the bucket lies in another region than the one that is configured'
    : `the bucket lies in another region: ${region}`;
}

function isCertificateError(code: string): boolean {
  return /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT)/.test(code);
}
