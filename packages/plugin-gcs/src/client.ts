import { InvalidParametersError } from '@outrigger/driver';
import { type Bucket, Storage } from '@google-cloud/storage';
import { DRIVER_NAME, type GcsConfig } from './config.js';
import type { Credentials } from './credentials.js';
import { isAnonymous } from './endpoint.js';
import { type Send, createSender } from './send.js';

/** Of all requests that name nothing of their own. */
const USER_AGENT = 'outrigger-registry';

/** A store that can be asked, with the SDK's credentials and signatures. */
export interface Client {
  readonly send: Send;
  readonly bucket: Bucket;
  close(): void;
}

/**
 * The SDK finds and renews the credentials, and signs URLs. Requests are sent beside it (docs/decisions/0026), with its tokens.
 *
 * @throws InvalidParametersError for credentials of the right shape that are none
 */
export function createClient(config: GcsConfig, { parameter, json }: Credentials): Client {
  const { endpoint, userAgent } = config;
  const storage = openStorage(config, parameter, json);
  const { authClient } = storage;
  const send = createSender({
    endpoint,
    userAgent: userAgent ?? USER_AGENT,
    authorize: () =>
      isAnonymous(endpoint) ? Promise.resolve(new Headers()) : authClient.getRequestHeaders(endpoint),
  });
  return {
    send,
    bucket: storage.bucket(config.bucket),
    close: () => {
      send.close();
    },
  };
}

function openStorage({ endpoint }: GcsConfig, parameter: string, credentials: Credentials['json']): Storage {
  try {
    // The endpoint is always named, so that STORAGE_EMULATOR_HOST of the environment has no say.
    return new Storage({ apiEndpoint: endpoint, ...(credentials === undefined ? {} : { credentials }) });
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown error';
    throw new InvalidParametersError(DRIVER_NAME, [{ key: parameter, message: `cannot be used (${name})` }]);
  }
}
