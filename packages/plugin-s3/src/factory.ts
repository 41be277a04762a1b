import type { Capabilities, DriverFactory, Parameters, StorageDriver } from '@outrigger/driver';
import { OBJECT_CAPABILITIES, createObjectDriver } from '@outrigger/object-store';
import type { S3Config } from './config.js';
import { keyPrefix } from './key-prefix.js';
import { log } from './log.js';
import { ossParameterSchema, parseOssParameters } from './oss-parameters.js';
import { parseS3Parameters, s3ParameterSchema } from './s3-parameters.js';
import { openS3Store } from './store.js';

const VERSION = '0.1.0';

const CAPABILITIES: Capabilities = { ...OBJECT_CAPABILITIES, redirectURL: true };

/** The driver `s3`: content in a bucket of S3, or of a store that speaks like it. */
export const s3: DriverFactory = s3Factory('s3');

/** The same under Distribution's other name for it. */
export const s3aws: DriverFactory = s3Factory('s3aws');

/** The driver `oss`: Alibaba Cloud OSS through its S3 interface, with the parameters that Distribution 2 had for it. */
export const oss: DriverFactory = {
  name: 'oss',
  version: VERSION,
  parameters: ossParameterSchema,
  // The credentials are parameters; the rest of what the SDK reads (a CA bundle) is there for all.
  environment: ['AWS_CA_BUNDLE'],
  capabilities: CAPABILITIES,
  create: async (parameters) => createDriver(parseOssParameters('oss', parameters)),
};

function s3Factory(name: string): DriverFactory {
  return {
    name,
    version: VERSION,
    parameters: s3ParameterSchema,
    // Of the default chain: keys, profiles, web identity (IRSA), the metadata services of containers and instances.
    environment: ['AWS_*'],
    capabilities: CAPABILITIES,
    create: async (parameters: Parameters) => createDriver(parseS3Parameters(name, parameters)),
  };
}

async function createDriver(config: S3Config): Promise<StorageDriver> {
  return createObjectDriver({
    name: config.name,
    store: await openS3Store(config),
    keyPrefix: keyPrefix(config.rootDirectory),
    maxPartsInFlight: partsInFlight(config.chunkSize),
    ...(config.abandonedAfterMs === undefined ? {} : { abandonedAfterMs: config.abandonedAfterMs }),
    onSweepError: (error) => {
      const why = error instanceof Error ? error.message : 'unknown';
      log('warn', `abandoned uploads could not be removed: ${why}`);
    },
  });
}

/** 48 MiB of all writers together, or one part. As much again may wait for its turn. */
function partsInFlight(chunkSize: number): number {
  return Math.max(1, Math.min(8, Math.floor((48 * 1024 * 1024) / chunkSize)));
}
