import type { Capabilities, DriverFactory, Parameters, StorageDriver } from '@outrigger/driver';
import { OBJECT_CAPABILITIES } from '@outrigger/object-store';
import type { S3Config } from './config.js';
import { ossParameterSchema, parseOssParameters } from './oss-parameters.js';
import { parseS3Parameters, s3ParameterSchema } from './s3-parameters.js';

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

/** The SDK takes long to load, and a description does without it. */
async function createDriver(config: S3Config): Promise<StorageDriver> {
  const { createS3Driver } = await import('./driver.js');
  return createS3Driver(config);
}
