import type { DriverFactory } from '@outrigger/driver';
import { OBJECT_CAPABILITIES, log } from '@outrigger/object-store';
import { DRIVER_NAME, parameterSchema, parseParameters } from './config.js';

/** What finds application default credentials; HOME, which gcloud's file lies below, every driver has. */
const ENVIRONMENT = [
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_CLOUD_PROJECT',
  'GOOGLE_CLOUD_QUOTA_PROJECT',
  'CLOUDSDK_CONFIG',
  'GCE_METADATA_HOST',
  'GCE_METADATA_IP',
  'METADATA_SERVER_DETECTION',
  'DETECT_GCP_RETRIES',
];

/** The driver `gcs`: content in a bucket of Google Cloud Storage. The driver that it makes takes paths as checked. */
export const gcs: DriverFactory = {
  name: DRIVER_NAME,
  version: '0.1.0',
  parameters: parameterSchema,
  environment: ENVIRONMENT,
  capabilities: { ...OBJECT_CAPABILITIES, redirectURL: true },
  async create(parameters) {
    const config = parseParameters(parameters);
    // The SDK takes a quarter of a second to load, which a description does not need.
    const { createGcsDriver } = await import('./driver.js');
    return await createGcsDriver(config, (message) => {
      log('warn', message);
    });
  },
};
