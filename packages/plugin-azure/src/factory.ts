import type { DriverFactory } from '@outrigger/driver';
import { OBJECT_CAPABILITIES } from '@outrigger/object-store';
import { DRIVER_NAME, parameterSchema, parseParameters } from './config.js';

/** The driver `azure`: content in blobs of a container. The driver that it makes takes paths as checked. */
export const azure: DriverFactory = {
  name: DRIVER_NAME,
  version: '0.1.0',
  parameters: parameterSchema,
  // What the chain of @azure/identity looks at: a service principal, workload identity, the managed identity of App Service and Arc.
  environment: ['AZURE_*', 'IDENTITY_*', 'MSI_*', 'IMDS_ENDPOINT'],
  capabilities: { ...OBJECT_CAPABILITIES, redirectURL: true },
  async create(parameters) {
    const config = parseParameters(parameters);
    // The SDK takes long to load, and a description does without it.
    const { createAzureDriver } = await import('./driver.js');
    return await createAzureDriver(config);
  },
};
