import { type Bucket, Storage } from '@google-cloud/storage';
import { GoogleAuth } from 'google-auth-library';
import type { GcsConfig } from './config.js';
import type { Credentials } from './credentials.js';
import { isAnonymous } from './endpoint.js';
import { type Send, createSender } from './send.js';

/** Of all requests that name nothing of their own. */
const USER_AGENT = 'outrigger-registry';

/** A store that can be asked, with the SDK's credentials and signatures. */
export interface Client {
  readonly send: Send;
  readonly bucket: Bucket;
  readonly close: () => void;
}

/** The SDK finds and renews the credentials, and signs URLs. Requests are sent beside it (docs/decisions/0028), with its tokens. */
export function createClient(config: GcsConfig, credentials: Credentials): Client {
  const { endpoint, userAgent } = config;
  const storage = openStorage(config, credentials);
  const { authClient } = storage;
  const { send, close } = createSender({
    endpoint,
    userAgent: userAgent ?? USER_AGENT,
    authorize: () =>
      isAnonymous(endpoint) ? Promise.resolve(new Headers()) : authClient.getRequestHeaders(endpoint),
  });
  return { send, bucket: storage.bucket(config.bucket), close };
}

function openStorage({ endpoint }: GcsConfig, { json }: Credentials): Storage {
  const auth = new GoogleAuth({ scopes: SCOPES });
  // As its option `credentials`, which has been declared outdated in favour of a class for each type.
  if (json !== undefined) auth.jsonContent = json;
  // The endpoint is always named, so that STORAGE_EMULATOR_HOST of the environment has no say.
  return new Storage({ apiEndpoint: endpoint, authClient: auth });
}

/** What objects need, and what signatures without a key need. */
const SCOPES = [
  'https://www.googleapis.com/auth/devstorage.read_write',
  'https://www.googleapis.com/auth/iam',
];
