import type { TokenCredential } from '@azure/identity';
import { StorageError } from '@outrigger/driver';
import type { Identity } from './config.js';

/**
 * The credential of an identity. `default_credentials` is the SDK's chain: the environment (AZURE_*), workload identity,
 * managed identity, and what a developer's tools know.
 */
export async function createToken(
  identity: Exclude<Identity, { type: 'shared_key' }>,
): Promise<TokenCredential> {
  const { ClientSecretCredential, DefaultAzureCredential } = await import('@azure/identity');
  if (identity.type === 'default_credentials') return new DefaultAzureCredential();
  return new ClientSecretCredential(identity.tenantId, identity.clientId, identity.secret);
}

/** What the service takes as a bearer's. The credential keeps it until it expires. */
export async function readToken(credential: TokenCredential): Promise<string> {
  const found = await credential.getToken('https://storage.azure.com/.default');
  if (found === null)
    throw new StorageError('UNAVAILABLE', 'the identity has no token', { retryable: false });
  return found.token;
}
