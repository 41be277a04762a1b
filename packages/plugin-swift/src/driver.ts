import type { StorageDriver } from '@outrigger/driver';
import { InvalidParametersError, createKeyedLock } from '@outrigger/driver';
import { createObjectDriver } from '@outrigger/object-store';
import { createSession } from './auth/session.js';
import type { SwiftConfig } from './config.js';
import { ensureContainer } from './container.js';
import { toSwiftError } from './errors.js';
import { createClient } from './http/client.js';
import { type Exchange, createExchange } from './http/exchange.js';
import { createLayout } from './layout.js';
import { ParameterFault } from './parameter-fault.js';
import { DRIVER_NAME } from './parameters.js';
import { createSwiftStore } from './store/object-store.js';
import { fetchInfo } from './swift-info.js';
import { type TempUrlKey, findTempUrlKey } from './temp-url-key.js';
import { takesTempUrls } from './temp-url-probe.js';
import { createTempUrlSigner } from './temp-url.js';

/** Bytes of the segments that are on their way, of all writers together: what the driver needs in memory, mostly. */
const SEGMENT_MEMORY = 80 * 2 ** 20;
/** Where /info is not to be had. */
const MAX_SEGMENTS = 1000;

/**
 * A driver over a container. Paths are taken as checked (see `checkDriver`).
 *
 * @throws InvalidParametersError when Swift or its authentication refuses what the parameters say; StorageError when they are not to be had
 */
export async function createSwiftDriver(config: SwiftConfig): Promise<StorageDriver> {
  const exchange = createExchange(config);
  try {
    return await open(config, exchange);
  } catch (error) {
    await exchange.close();
    if (error instanceof ParameterFault)
      throw new InvalidParametersError(DRIVER_NAME, [{ key: error.key, message: error.message }]);
    throw error;
  }
}

async function open(config: SwiftConfig, exchange: Exchange): Promise<StorageDriver> {
  const session = createSession(exchange, config);
  const client = createClient(exchange, session);
  const layout = createLayout(config.container, config.prefix);
  await reachable('authurl', () => session.grant());
  await reachable('container', () => ensureContainer(client, layout));
  const info = await reachable('container', () => fetchInfo(exchange, session));
  const signerOf = (key: TempUrlKey) =>
    createTempUrlSigner({ session, ...key, accessKey: config.tempUrl.accessKey });
  const isTaken = (key: TempUrlKey) => takesTempUrls(exchange, layout, signerOf(key));
  const key = await reachable('container', () =>
    findTempUrlKey(client, layout, config.tempUrl, info, isTaken),
  );
  const { chunkSize } = config;
  return createObjectDriver({
    name: DRIVER_NAME,
    keyPrefix: layout.files,
    maxPartsInFlight: Math.max(2, Math.floor(SEGMENT_MEMORY / chunkSize)),
    store: createSwiftStore({
      store: {
        client,
        layout,
        maxBulkDeletes: info?.maxBulkDeletes,
        maxSegments: info?.maxSegments ?? MAX_SEGMENTS,
        learnt: {},
        setLocks: createKeyedLock(),
      },
      chunkSize,
      signer: key && signerOf(key),
      onClose: () => exchange.close(),
    }),
  });
}

/** What is not to be reached now may be later; the parameter with its address is named in any case. */
async function reachable<T>(parameter: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof ParameterFault) throw error;
    throw toSwiftError(error, parameter);
  }
}
