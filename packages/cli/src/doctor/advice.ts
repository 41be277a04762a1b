/** What helps against errors of any driver, by what their text has. */
const BY_TEXT: readonly (readonly [RegExp, string])[] = [
  [
    /RequestTimeTooSkewed|RequestExpired|clock skew|too skewed|time differs/i,
    'set the clock of this machine (timedatectl, chronyd)',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|getaddrinfo/i,
    'the name of the endpoint is not known to DNS here: check the endpoint and the region',
  ],
  [/ECONNREFUSED/i, 'nobody listens at the endpoint: check its host and port'],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|timed? ?out/i,
    'the endpoint does not answer from here: check routes, firewalls and HTTPS_PROXY',
  ],
  [
    /certificate|SELF_SIGNED|UNABLE_TO_VERIFY|CERT_/i,
    'name the CA of the endpoint in NODE_EXTRA_CA_CERTS or SSL_CERT_FILE of the registry',
  ],
  [/EROFS/i, 'the file system is mounted read-only'],
  [/ENOSPC|EDQUOT|QUOTA_EXCEEDED|quota/i, 'the store is full, or its quota is'],
  [
    /ExpiredToken|token.{0,20}expired|expired.{0,20}token/i,
    'the credential has expired: get a new one, or let the platform renew it',
  ],
];

/** The words in which stores refuse. */
const DENIED =
  /AccessDenied|access denied|permission|forbidden|not authori[sz]ed|unauthori[sz]ed|\b40[13]\b|EACCES|EPERM|AuthorizationFailure|does not have .* access|denied/i;

interface DriverAdvice {
  /** By check: what is needed to be allowed to do it. */
  readonly rights: Readonly<Record<string, string>>;
  readonly texts?: readonly (readonly [RegExp, string])[];
  /** What is needed to sign a URL, where nothing but a missing right keeps the driver from it: it then does without. */
  readonly signing?: string;
}

/** The checks that work on the store's content. */
const STORE_CHECKS: readonly string[] = [
  'start',
  'list',
  'write',
  'read',
  'stat',
  'multipart',
  'append',
  'isolated',
  'copy',
  'move',
  'cancel',
  'delete',
  'clean-up',
];

function forEach(checks: readonly string[], advice: string): Record<string, string> {
  return Object.fromEntries(checks.map((id) => [id, advice]));
}

const S3_PARTS =
  'allow s3:PutObject, s3:AbortMultipartUpload, s3:ListMultipartUploadParts on its objects, and s3:ListBucketMultipartUploads on the bucket';

const S3: DriverAdvice = {
  rights: {
    start: 'allow s3:ListBucket on the bucket itself (arn:aws:s3:::BUCKET, without /*)',
    list: 'allow s3:ListBucket on the bucket itself (arn:aws:s3:::BUCKET, without /*)',
    write:
      'allow s3:PutObject on its objects (arn:aws:s3:::BUCKET/*), and with a keyid kms:GenerateDataKey on the key',
    read: 'allow s3:GetObject on its objects (arn:aws:s3:::BUCKET/*), and with a keyid kms:Decrypt on the key',
    stat: 'allow s3:GetObject on its objects, and s3:ListBucket on the bucket: without it an absent object is "forbidden"',
    multipart: S3_PARTS,
    append: S3_PARTS,
    isolated: S3_PARTS,
    cancel: 'allow s3:AbortMultipartUpload on its objects (arn:aws:s3:::BUCKET/*)',
    copy: 'allow s3:GetObject and s3:PutObject on its objects',
    move: 'allow s3:GetObject, s3:PutObject and s3:DeleteObject on its objects',
    delete: 'allow s3:DeleteObject on its objects (arn:aws:s3:::BUCKET/*)',
    'clean-up': 'allow s3:DeleteObject on its objects (arn:aws:s3:::BUCKET/*)',
    'redirect-get': 'allow s3:GetObject on its objects: a signed URL can do what its signer may',
    'redirect-head': 'allow s3:GetObject on its objects: a signed URL can do what its signer may',
  },
  texts: [
    [/NoSuchBucket|bucket.{0,40}(does not|doesn't) exist/i, 'make the bucket, or check bucket and region'],
    [/InvalidAccessKeyId/i, 'the accesskey is not known to this endpoint'],
    [/SignatureDoesNotMatch/i, 'the secretkey does not belong to the accesskey, or a proxy changes requests'],
    [
      /PermanentRedirect|AuthorizationHeaderMalformed|wrong region|IllegalLocationConstraint/i,
      'set region to that of the bucket',
    ],
    [
      /Could not load credentials|no credentials|CredentialsProvider/i,
      'give accesskey and secretkey, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role of the instance or pod',
    ],
  ],
};

const GCS_OBJECT = 'give the account roles/storage.objectUser on the bucket';

const GCS_SIGN =
  'without a private key URLs are signed by IAM: give the account roles/iam.serviceAccountTokenCreator on itself (iam.serviceAccounts.signBlob)';

const GCS: DriverAdvice = {
  signing: GCS_SIGN,
  rights: {
    start: `${GCS_OBJECT} (storage.objects.list)`,
    list: `${GCS_OBJECT} (storage.objects.list)`,
    write: `${GCS_OBJECT} (storage.objects.create, and storage.objects.delete to overwrite)`,
    read: `${GCS_OBJECT} (storage.objects.get)`,
    stat: `${GCS_OBJECT} (storage.objects.get)`,
    multipart: `${GCS_OBJECT} (storage.objects.create)`,
    append: `${GCS_OBJECT} (storage.objects.create)`,
    isolated: `${GCS_OBJECT} (storage.objects.create)`,
    copy: `${GCS_OBJECT} (storage.objects.get, storage.objects.create)`,
    move: `${GCS_OBJECT} (storage.objects.get, create and delete)`,
    cancel: `${GCS_OBJECT} (storage.objects.delete)`,
    delete: `${GCS_OBJECT} (storage.objects.delete)`,
    'clean-up': `${GCS_OBJECT} (storage.objects.delete)`,
    'redirect-get': GCS_SIGN,
    'redirect-head': GCS_SIGN,
  },
  texts: [
    [/bucket.{0,40}(does not|doesn't) exist|no such bucket/i, 'make the bucket, or check its name'],
    [
      /invalid_grant|Invalid JWT/i,
      'the key of the service account was deleted, or the clock of this machine is wrong',
    ],
    [
      /Could not load the default credentials/i,
      'give keyfile or credentials, or GOOGLE_APPLICATION_CREDENTIALS, or Workload Identity',
    ],
  ],
};

const AZURE_DATA = 'give the identity the role "Storage Blob Data Contributor" on the container';

const AZURE_SIGN =
  'an identity signs with a user delegation key: give it the role "Storage Blob Delegator" on the account, besides "Storage Blob Data Contributor"';

const AZURE: DriverAdvice = {
  signing: AZURE_SIGN,
  rights: {
    ...forEach(STORE_CHECKS, AZURE_DATA),
    'redirect-get': AZURE_SIGN,
    'redirect-head': AZURE_SIGN,
  },
  texts: [
    [/ContainerNotFound/i, 'make the container, or check its name'],
    [
      /AuthenticationFailed|InvalidAuthenticationInfo/i,
      'the accountkey is not of this account, or the clock of this machine is wrong',
    ],
    [
      /KeyBasedAuthenticationNotPermitted/i,
      'the account takes no keys: use client_secret or default_credentials',
    ],
    [
      /ChainedTokenCredential|DefaultAzureCredential|CredentialUnavailable|invalid_client|AADSTS/i,
      'check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or the federated identity of the pod',
    ],
  ],
};

const SWIFT_READ = 'let the user read the container (X-Container-Read, or a role such as member)';
const SWIFT_WRITE = 'let the user write to the container (X-Container-Write, or a role such as member)';

const SWIFT: DriverAdvice = {
  rights: {
    start: 'check username, password, tenant or project and domain',
    list: `${SWIFT_READ}; listing wants .rlistings in an ACL`,
    read: SWIFT_READ,
    stat: SWIFT_READ,
    ...forEach(
      ['write', 'multipart', 'append', 'isolated', 'copy', 'move', 'cancel', 'delete', 'clean-up'],
      SWIFT_WRITE,
    ),
    'redirect-get': 'set the TempURL key of the account or container, and give it as secretkey',
    'redirect-head': 'set the TempURL key of the account or container, and give it as secretkey',
  },
};

const SFTP: DriverAdvice = {
  rights: forEach(
    STORE_CHECKS,
    'rootdirectory on the server has to belong to the account, with mode 0700 or more; of a chroot only a directory below it can',
  ),
  texts: [
    [
      /shows another key/i,
      'compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the server, and set hostkey to what is right',
    ],
    [
      /does not let the account in/i,
      'check username; the public key has to be in the authorized_keys of the account; the log of sshd says why it refused',
    ],
    [/posix-rename/i, 'the server has to be OpenSSH, or another one with posix-rename@openssh.com'],
  ],
};

const FILESYSTEM: DriverAdvice = {
  rights: forEach(
    STORE_CHECKS.filter((id) => id !== 'copy'),
    'rootdirectory has to belong to the user that runs the registry, with mode 0700 or more',
  ),
};

/** By the name that a driver gives itself. */
const DRIVERS: Readonly<Record<string, DriverAdvice>> = {
  s3: S3,
  s3aws: S3,
  oss: S3,
  gcs: GCS,
  azure: AZURE,
  swift: SWIFT,
  sftp: SFTP,
  filesystem: FILESYSTEM,
};

/** What is known to help when a check of a driver failed with this text; undefined when nothing is. */
export function adviceFor(driver: string, check: string, text: string): string | undefined {
  const { rights, texts = [] } = Object.hasOwn(DRIVERS, driver) ? (DRIVERS[driver] ?? NONE) : NONE;
  const byText = [...texts, ...BY_TEXT].find(([pattern]) => pattern.test(text))?.[1];
  return byText ?? (DENIED.test(text) ? rights[check] : undefined);
}

/** What a driver that can sign URLs lacks when it signs none; undefined when it may be its configuration. */
export function adviceOnSigning(driver: string): string | undefined {
  return Object.hasOwn(DRIVERS, driver) ? DRIVERS[driver]?.signing : undefined;
}

const NONE: DriverAdvice = { rights: {} };
