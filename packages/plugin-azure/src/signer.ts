import type { BlobServiceClient, StorageSharedKeyCredential, UserDelegationKey } from '@azure/storage-blob';
import { BlobSASPermissions, SASProtocol, generateBlobSASQueryParameters } from '@azure/storage-blob';
import type { AzureConfig } from './config.js';

/** Makes shared access signatures. https://learn.microsoft.com/rest/api/storageservices/delegate-access-with-shared-access-signature */
export interface Signer {
  /** A query that lets its bearer read one blob until then. */
  sign(blobName: string, expiresOn: Date): Promise<string>;
  /** Of the identity, where there is one: for what it may read itself. */
  readonly token?: (() => Promise<string>) | undefined;
}

/** As Distribution's driver has it: a key for two days, renewed half an hour before its end. */
const KEY_LIFETIME_MS = 48 * 3600_000;
const KEY_GRACE_MS = 30 * 60_000;
/** Clocks differ. */
const SKEW_MS = 5 * 60_000;

/** Signs with the key of the account: no request. */
export function keySigner(config: AzureConfig, key: StorageSharedKeyCredential): Signer {
  return {
    sign: (blobName, expiresOn) =>
      Promise.resolve(generateBlobSASQueryParameters(toValues(config, blobName, expiresOn), key).toString()),
  };
}

/** Signs with a key that the service gives to an identity; one request in two days. */
export function delegationSigner(
  config: AzureConfig,
  service: BlobServiceClient,
  now: () => number = Date.now,
): Signer {
  let current: Promise<UserDelegationKey> | undefined;
  let renewAt = 0;
  const renew = (): Promise<UserDelegationKey> => {
    const expiresOn = new Date(now() + KEY_LIFETIME_MS);
    // Not the caller's signal: other callers wait for the same key.
    return service.getUserDelegationKey(new Date(now() - SKEW_MS), expiresOn, {
      abortSignal: AbortSignal.timeout(30_000),
    });
  };
  const take = () => {
    if (current !== undefined && now() < renewAt) return current;
    renewAt = now() + KEY_LIFETIME_MS - KEY_GRACE_MS;
    const taken = renew();
    current = taken;
    taken.catch(() => {
      if (current === taken) current = undefined;
    });
    return taken;
  };
  return {
    async sign(blobName, expiresOn) {
      const key = await take();
      const values = toValues(config, blobName, expiresOn);
      return generateBlobSASQueryParameters(values, key, config.accountName).toString();
    },
  };
}

function toValues({ container, serviceUrl }: AzureConfig, blobName: string, expiresOn: Date) {
  return {
    containerName: container,
    blobName,
    permissions: BlobSASPermissions.parse('r'),
    startsOn: new Date(Date.now() - SKEW_MS),
    expiresOn,
    protocol: serviceUrl.startsWith('https:') ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
  };
}
