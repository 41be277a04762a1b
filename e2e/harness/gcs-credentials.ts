import { generateKeyPairSync } from 'node:crypto';

/** The key of a service account that there is not: what it signs only servers take that check nothing. */
export function createGcsCredentials(): Record<string, string> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return {
    type: 'service_account',
    project_id: 'test',
    private_key_id: 'test',
    client_email: 'registry@test.iam.gserviceaccount.com',
    client_id: '1',
    private_key: privateKey,
  };
}
