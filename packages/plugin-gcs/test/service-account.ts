import { generateKeyPairSync } from 'node:crypto';

/** The key of a service account that there is not. */
export function serviceAccount(): Record<string, string> {
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
    private_key: privateKey,
  };
}
