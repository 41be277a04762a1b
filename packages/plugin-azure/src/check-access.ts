import { InvalidParametersError, isStorageError } from '@outrigger/driver';
import type { AzureConfig } from './config.js';
import { DRIVER_NAME } from './config.js';
import type { Connection } from './connection.js';
import { readFault, toStoreError } from './faults.js';

/** The host waits ten seconds for a driver to start. */
const TIMEOUT_MS = 5000;

/**
 * Asks for one name, so that what is wrong with the parameters ends the start. A service that cannot be reached does not: it may be back
 * sooner than somebody starts the registry again, and every request says why it fails.
 *
 * @throws InvalidParametersError that names the parameter
 */
export async function checkAccess(config: AzureConfig, { container }: Connection): Promise<void> {
  const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const pages = container.listBlobsFlat({ prefix: config.namePrefix + config.keyPrefix, abortSignal });
    await pages.byPage({ maxPageSize: 1 }).next();
  } catch (error) {
    if (abortSignal.aborted) return;
    const failure = toStoreError(error, '');
    if (!isStorageError(failure, 'UNAVAILABLE') || failure.retryable) {
      if (readFault(error)?.code !== 'ENOTFOUND') return;
    }
    throw new InvalidParametersError(DRIVER_NAME, [{ key: blame(config, error), message: failure.detail }]);
  }
}

/** The parameter that is most likely wrong. */
function blame({ identity }: AzureConfig, error: unknown): string {
  const fault = readFault(error);
  if (fault?.code === 'ContainerNotFound' || fault?.code === 'ContainerBeingDeleted') return 'container';
  if (fault?.code === 'ENOTFOUND' || fault?.code === 'AccountIsDisabled') return 'accountname';
  if (fault?.code.includes('CERT') === true) return 'serviceurl';
  return identity.type === 'shared_key' ? 'accountkey' : 'credentials';
}
