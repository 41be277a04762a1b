import { InvalidParametersError } from '@outrigger/driver';
import { DRIVER_NAME, type GcsConfig } from './config.js';
import type { Credentials } from './credentials.js';
import { explain } from './errors.js';
import { NO_CREDENTIALS, RequestFailure, disconnection } from './request-failure.js';
import type { Send } from './send.js';

/** The host gives a driver 10 seconds to start. */
const TIMEOUT_MS = 5000;

/**
 * Asks once, with a list of one object, whether bucket and credentials are right: a wrong one is told at the start, naming the
 * parameter. A store that cannot be reached at the moment is no fault of the configuration: requests say so, later.
 *
 * @param log - takes a line of the log
 *
 * @throws InvalidParametersError
 */
export async function checkBucket(
  send: Send,
  config: GcsConfig,
  { parameter }: Credentials,
  log: (line: string) => void,
): Promise<void> {
  try {
    const { body } = await send({
      method: 'GET',
      path: `/storage/v1/b/${encodeURIComponent(config.bucket)}/o`,
      query: { maxResults: 1, prefix: config.keyPrefix || undefined, fields: 'prefixes' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body.resume();
  } catch (error) {
    const failure = error instanceof RequestFailure ? error : disconnection(error);
    if (failure.isTransient) {
      log(`the store did not answer at the start: ${explain(failure)}`);
      return;
    }
    throw new InvalidParametersError(DRIVER_NAME, [
      { key: keyOf(failure, parameter), message: tell(failure) },
    ]);
  }
}

function keyOf({ status, isCredentials }: RequestFailure, parameter: Credentials['parameter']): string {
  if (isCredentials || status === 401 || status === 403) return parameter;
  return 'bucket';
}

function tell(failure: RequestFailure): string {
  if (failure.reason === NO_CREDENTIALS)
    return 'neither keyfile nor credentials is given, and there are no application default credentials';
  return explain(failure);
}
